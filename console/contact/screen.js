// The screen of one contact.
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { lastTable } from "../contacts/last-table.js";
import { texts } from "../texts.js";
import { Activity } from "./activity.js";
import { Belongings, Facts } from "./belongings.js";
import { Details, Variables } from "./details.js";
import { Header } from "./header.js";
import { useContact } from "./use-contact.js";

const words = texts.contact;

export function Screen({ id }) {
  const { contact, error, reload, save } = useContact(id);
  return html`
    <nav class="back" aria-label=${words.way}><a href=${lastTable()}><${Icon} name="left" size=${16} />${texts.contacts.title}</a></nav>
    ${error && !contact && html`<${Problem} error=${error} onRetry=${reload} />`}
    ${contact === undefined && !error && html`<div class="card"><${Skeleton} lines=${6} /></div>`}
    ${contact === null && html`<${Empty} icon="person" title=${words.none} text=${words.noneText}><a class="button" href=${address("/contacts")}>${words.all}</a><//>`}
    ${contact && html`<${Whole} contact=${contact} save=${save} reload=${reload} />`}
  `;
}

function Whole({ contact, save, reload }) {
  const mayEdit = can.value.writeContacts && !contact.deletedAt;
  return html`
    <${Header} contact=${contact} onChange=${reload} />
    <div class="contact">
      <div class="stack">
        <${Details} contact=${contact} save=${save} mayEdit=${mayEdit} />
        <${Variables} contact=${contact} save=${save} mayEdit=${mayEdit} />
      </div>
      <aside class="stack" aria-label=${words.belongings}>
        <${Belongings} contact=${contact} mayEdit=${mayEdit} onChange=${reload} />
        <${Facts} contact=${contact} />
      </aside>
      <div class="contact-activity"><${Activity} contact=${contact} /></div>
    </div>
  `;
}
