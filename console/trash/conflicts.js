// Contacts that can't be restored, each with the reason and the way to the contact that is in its place.
import { phone } from "../base/format.js";
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { texts } from "../texts.js";

const words = texts.trash;

export function Conflicts({ conflicts, conflictCount, onClose }) {
  const rest = conflictCount - conflicts.length;
  return html`
    <${Dialog} title=${words.conflicts(conflictCount)} onClose=${onClose} isWide
      footer=${html`<${Button} look="primary" onClick=${onClose}>${texts.close}<//>`}>
      <p>${words.conflictsHint}</p>
      <ul class="rows">
        ${conflicts.map(({ contact, error }) => html`
          <li key=${contact.id}>
            <div class="grow"><strong><bdi>${contact.displayName}</bdi></strong> <span class="phone muted">${phone(contact.phone)}</span>
              <p>${error.message}</p></div>
            <a class="button" href=${address("/contacts", { search: contact.phone })} onClick=${onClose}>${words.other}</a>
          </li>
        `)}
      </ul>
      ${rest > 0 && html`<p class="muted">${words.moreConflicts(rest)}</p>`}
    <//>
  `;
}
