// What is done with the contacts of the files: the list, the tags, and what holds for contacts that exist already.
import { act } from "../base/toasts.js";
import { number } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { viewer } from "../base/viewer.js";
import { Chip } from "../components/chip.js";
import { Field } from "../components/field.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { texts } from "../texts.js";
import { options } from "./files.js";
import { regionOptions } from "./regions.js";

const words = texts.imports;

const set = (changes) => (options.value = { ...options.value, ...changes });

export function Options() {
  const { data, set: setData } = useQuery("imports/choices");
  const { tags, listId, ifExists, addExistingToList, region, optOutsOnly } = options.value;
  return html`
    ${!optOutsOnly && html`
      <${Tags} chosen=${tags} known=${data?.tags ?? []} />
      <${List} chosen=${listId} known=${data?.contactLists.nodes ?? []} setData=${setData} />
      ${listId && html`<${Tick} isOn=${addExistingToList} onChange=${(isOn) => set({ addExistingToList: isOn })}>${words.addExisting}<//>`}
      <${Field} label=${words.ifExists}>
        ${(attributes) => html`
          <select ...${attributes} value=${ifExists} onChange=${(event) => set({ ifExists: event.target.value })}>
            <option value="SKIP">${words.skip}</option>
            <option value="UPDATE">${words.update}</option>
          </select>
        `}
      <//>
    `}
    <${Field} label=${words.region} hint=${words.regionHint}>
      ${(attributes) => html`
        <select ...${attributes} value=${region} onChange=${(event) => set({ region: event.target.value })}>
          ${regionOptions(viewer.value.account.defaultRegion)}
        </select>
      `}
    <//>
    <details class="more-options">
      <summary>${words.moreOptions}</summary>
      <div class="stack">
        <${Tick} isOn=${options.value.matchOn === "EXTERNAL_ID"} onChange=${(isOn) => set({ matchOn: isOn ? "EXTERNAL_ID" : "PHONE" })}>${words.matchExternal}<//>
        <${Tick} isOn=${options.value.createLists} onChange=${(isOn) => set({ createLists: isOn })}>${words.createLists}<//>
        <${Tick} isOn=${optOutsOnly} onChange=${(isOn) => set({ optOutsOnly: isOn })}>${words.optOutsOnly}<//>
      </div>
    </details>
  `;
}

const Tick = ({ isOn, onChange, children }) => html`
  <label class="check"><input type="checkbox" checked=${isOn} onChange=${(event) => onChange(event.target.checked)} /><span>${children}</span></label>
`;

function Tags({ chosen, known }) {
  const shown = [...known.map(({ name, contactCount }) => ({ value: name, label: name, count: number(contactCount) }))];
  for (const tag of chosen) if (!known.some(({ name }) => name === tag)) shown.unshift({ value: tag, label: tag });
  return html`
    <div class="field" role="group" aria-label=${words.tags}>
      <span class="label">${words.tags}</span>
      <div class="chips">
        ${chosen.map((tag) => html`<${Chip} key=${tag} icon="tag" onRemove=${() => set({ tags: chosen.filter((one) => one !== tag) })}>${tag}<//>`)}
        <${Popover} icon="plus" text=${words.addTag} look="plain small" align="end">
          ${() => html`<${Picker} label=${words.findTag} options=${shown} chosen=${chosen} onChange=${(tags) => set({ tags })} makes=${words.newTag} />`}
        <//>
      </div>
    </div>
  `;
}

function List({ chosen, known, setData }) {
  const list = known.find(({ id }) => id === chosen);
  const shown = known.map(({ id, name, contactCount }) => ({ value: id, label: name, count: number(contactCount) }));
  const choose = async ([value], close) => {
    if (!value || known.some(({ id }) => id === value)) set({ listId: value ?? null });
    else {
      const payload = await act("imports/make-list", { name: value });
      if (!payload) return;
      setData((before) => ({ ...before, contactLists: { nodes: [...before.contactLists.nodes, payload.contactList] } }));
      set({ listId: payload.contactList.id });
    }
    close();
  };
  return html`
    <div class="field" role="group" aria-label=${words.list}>
      <span class="label">${words.list}</span>
      <div class="chips">
        ${list && html`<${Chip} icon="list" onRemove=${() => set({ listId: null })}>${list.name}<//>`}
        <${Popover} icon=${list ? "edit" : "plus"} text=${list ? words.otherList : words.chooseList} look="plain small" align="end">
          ${(close) => html`<${Picker} label=${words.findList} options=${shown} chosen=${chosen ? [chosen] : []} isSingle=${true}
            onChange=${(values) => choose(values, close)} makes=${words.newList} />`}
        <//>
      </div>
    </div>
  `;
}
