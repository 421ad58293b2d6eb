// What is done with the contacts of the files: the list, the tags, and what holds for contacts that exist already.
import { act } from "../base/toasts.js";
import { html, useState } from "../base/html.js";
import { viewer } from "../base/viewer.js";
import { Chip } from "../components/chip.js";
import { Field } from "../components/field.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { useOptions } from "../contacts/options.js";
import { texts } from "../texts.js";
import { options } from "./files.js";
import { regionOptions } from "./regions.js";

const words = texts.imports;

const set = (changes) => (options.value = { ...options.value, ...changes });

export function Options() {
  const { tags, list, ifExists, addExistingToList, region, matchOn, createLists, optOutsOnly } = options.value;
  return html`
    ${!optOutsOnly && html`
      <${Tags} chosen=${tags} />
      <${List} chosen=${list} />
      ${list && html`<${Tick} isOn=${addExistingToList} onChange=${(isOn) => set({ addExistingToList: isOn })}>${words.addExisting}<//>`}
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
        <${Tick} isOn=${matchOn === "EXTERNAL_ID"} onChange=${(isOn) => set({ matchOn: isOn ? "EXTERNAL_ID" : "PHONE" })}>${words.matchExternal}<//>
        <${Tick} isOn=${createLists} onChange=${(isOn) => set({ createLists: isOn })}>${words.createLists}<//>
        <${Tick} isOn=${optOutsOnly} onChange=${(isOn) => set({ optOutsOnly: isOn })}>${words.optOutsOnly}<//>
      </div>
    </details>
  `;
}

const Tick = ({ isOn, onChange, children }) => html`
  <label class="check"><input type="checkbox" checked=${isOn} onChange=${(event) => onChange(event.target.checked)} /><span>${children}</span></label>
`;

const Tags = ({ chosen }) => html`
  <div class="field" role="group" aria-label=${words.tags}>
    <span class="label">${words.tags}</span>
    <div class="chips">
      ${chosen.map((tag) => html`<${Chip} key=${tag} icon="tag" onRemove=${() => set({ tags: chosen.filter((one) => one !== tag) })}>${tag}<//>`)}
      <${Popover} icon="plus" text=${words.addTag} class="small">${() => html`<${TagPicker} chosen=${chosen} />`}<//>
    </div>
  </div>
`;

function TagPicker({ chosen }) {
  const { search, ...picker } = useOptions("tag");
  return html`<${Picker} label=${words.findTag} ...${picker} chosen=${chosen} onChange=${(tags) => set({ tags })} makes=${words.newTag} />`;
}

const List = ({ chosen }) => html`
  <div class="field" role="group" aria-label=${words.list}>
    <span class="label">${words.list}</span>
    <div class="chips">
      ${chosen && html`<${Chip} icon="list" onRemove=${() => set({ list: null })}>${chosen.name}<//>`}
      <${Popover} icon=${chosen ? "edit" : "plus"} text=${chosen ? words.otherList : words.chooseList} class="small">
        ${(close) => html`<${ListPicker} chosen=${chosen} onChoose=${(list) => (set({ list }), close())} />`}
      <//>
    </div>
  </div>
`;

/** `onChoose` gets a list {id, name}, which is made if it is new, or null. */
function ListPicker({ chosen, onChoose }) {
  const [isMaking, setMaking] = useState(false);
  const { search, ...picker } = useOptions("list");
  const choose = async ([value]) => {
    const known = picker.options.find((one) => one.value === value);
    if (!value || known) return onChoose(known ? { id: known.value, name: known.label } : null);
    setMaking(true);
    const payload = await act("contacts/create-list", { name: value });
    setMaking(false);
    if (payload) onChoose(payload.contactList);
  };
  return html`<${Picker} label=${words.findList} ...${picker} isLoading=${picker.isLoading || isMaking} chosen=${chosen ? [chosen.id] : []}
    isSingle onChange=${choose} makes=${words.newList} />`;
}
