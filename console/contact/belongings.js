// What a contact belongs to: its owner and assignees, tags and lists. Each is changed at once, with Undo.
import { day } from "../base/format.js";
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Chip } from "../components/chip.js";
import { Person } from "../components/person.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { Time } from "../components/time.js";
import { assign, changeList, tag } from "../contacts/actions.js";
import { useOptions } from "../contacts/options.js";
import { texts } from "../texts.js";

const words = texts.contact;

/** `onChange` is called after a change. */
export function Belongings({ contact, mayEdit, onChange }) {
  const chosen = { rows: [contact] };
  const done = (promise) => promise.then((isDone) => isDone && onChange());
  return html`
    <section class="card belongings" aria-label=${words.belongings}>
      <${Group} title=${words.owner} kind="owner" mayEdit=${mayEdit} isSingle chosen=${contact.owner ? [contact.owner.id] : []}
        onChange=${(ids) => done(assign(chosen, { ownerId: ids[0] ?? null }))}>
        ${contact.owner ? html`<${Person} name=${contact.owner.name} note=${words.since(day(contact.ownedAt))} size=${30} />` : words.noOwner}
      <//>
      <${Group} title=${words.assignees} kind="owner" mayEdit=${mayEdit} chosen=${contact.assignees.map((user) => user.id)}
        onChange=${(ids) => done(assign(chosen, differences(contact.assignees.map((user) => user.id), ids)))}>
        ${contact.assignees.length
          ? html`<ul class="stack small-gap">${contact.assignees.map((user) => html`<li key=${user.id} class="row">
              <${Person} name=${user.name} size=${24} />
              ${mayEdit && html`<${Button} icon="close" look="quiet" class="small" label=${texts.remove(user.name)}
                onClick=${() => done(assign(chosen, { removeAssigneeIds: [user.id] }))} />`}</li>`)}</ul>`
          : words.noAssignees}
      <//>
      <${Group} title=${words.tags} kind="tag" mayEdit=${mayEdit} chosen=${contact.tags} makes=${texts.contacts.actions.newTag}
        onChange=${(tags) => done(tag(chosen, tags.filter((one) => !contact.tags.includes(one)), contact.tags.filter((one) => !tags.includes(one))))}>
        ${contact.tags.length
          ? html`<span class="chips">${contact.tags.map((one) => html`<${Chip} key=${one} label=${one} href=${address("/contacts", { tag: one })}
              onRemove=${mayEdit && (() => done(tag(chosen, [], [one])))}>${one}<//>`)}</span>`
          : words.noTags}
      <//>
      <${Group} title=${words.lists} kind="list" mayEdit=${mayEdit} chosen=${contact.lists.map((list) => list.id)}
        onChange=${(ids, options) => done(changeLists(chosen, contact.lists, ids, options))}>
        ${contact.lists.length
          ? html`<span class="chips">${contact.lists.map((list) => html`<${Chip} key=${list.id} label=${list.name} href=${address("/contacts", { list: list.id })}
              onRemove=${mayEdit && (() => done(changeList(chosen, list, false)))}>${list.name}<//>`)}</span>`
          : words.noLists}
      <//>
    </section>
  `;
}

function Group({ title, kind, mayEdit, children, ...picker }) {
  return html`
    <div class="group">
      <div class="group-head"><h3>${title}</h3>
        ${mayEdit && html`
          <${Popover} icon=${picker.isSingle ? "edit" : "plus"} look="quiet" class="small" label=${words.change(title)} align="end">
            ${(close) => html`<${Choice} kind=${kind} label=${title} ...${picker} close=${close} />`}
          <//>
        `}
      </div>
      <div class=${typeof children === "string" ? "muted" : ""}>${children}</div>
    </div>
  `;
}

function Choice({ kind, label, chosen, onChange, isSingle, makes, close }) {
  const { search, ...picker } = useOptions(kind);
  const choose = (values) => {
    onChange(values, picker.options);
    if (isSingle) close();
  };
  return html`<${Picker} label=${label} ...${picker} chosen=${chosen} onChange=${choose} isSingle=${isSingle} makes=${makes} />`;
}

const differences = (before, after) => ({
  addAssigneeIds: after.filter((id) => !before.includes(id)),
  removeAssigneeIds: before.filter((id) => !after.includes(id)),
});

async function changeLists(chosen, lists, ids, options) {
  const added = options.find((option) => ids.includes(option.value) && !lists.some((list) => list.id === option.value));
  if (added) return changeList(chosen, { id: added.value, name: added.label }, true);
  const removed = lists.find((list) => !ids.includes(list.id));
  return removed ? changeList(chosen, removed, false) : false;
}

/** The times of a contact, and where its number may be. */
export const Facts = ({ contact }) => html`
  <dl class="card facts" aria-label=${words.facts}>
    ${[
      [words.created, html`<${Time} at=${contact.createdAt} isExact />`],
      [words.changed, html`<${Time} at=${contact.updatedAt} isExact />`],
      can.value.readMessages && [words.received, contact.lastInboundAt ? html`<${Time} at=${contact.lastInboundAt} isExact />` : words.never],
      can.value.readMessages && [words.sent, contact.lastOutboundAt ? html`<${Time} at=${contact.lastOutboundAt} isExact />` : words.never],
      contact.timeZones.length > 0 && [words.localTime, localTimes(contact.timeZones)],
    ].filter(Boolean).map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}
  </dl>
`;

function localTimes(zones) {
  const format = (timeZone) => new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone }).format(new Date());
  const times = [...new Set(zones.map(format))];
  return times.length === 1 ? times[0] : `${times[0]} – ${times.at(-1)}`;
}
