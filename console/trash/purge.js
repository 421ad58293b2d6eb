// The question before contacts are deleted for good.
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { texts } from "../texts.js";
import { purge } from "./changes.js";

const words = texts.trash;

export function PurgeDialog({ contacts, count, ended, onClose }) {
  const [optOut, setOptOut] = useState(false);
  const submit = () => {
    onClose();
    purge(contacts, optOut, ended);
  };
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} look="danger" type="submit">${words.purge}<//>
  `;
  return html`
    <${Dialog} title=${words.purgeTitle(count)} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <p>${words.purgeText}</p>
      <label class="check"><input type="checkbox" checked=${optOut} onChange=${() => setOptOut(!optOut)} />
        <span>${words.purgeOptOut(count)}<small>${words.purgeOptOutHint}</small></span></label>
    <//>
  `;
}
