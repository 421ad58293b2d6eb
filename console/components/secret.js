// A secret that the API tells only once, with a button that copies it.
import { html, useRef, useState } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";
import { Dialog } from "./dialog.js";
import { Icon } from "./icon.js";

/** Copies a text, also on pages of http addresses, which have no clipboard of their own. */
async function copy(text, input) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  input.select();
  if (!document.execCommand("copy")) throw new Error();
}

/** A stray Escape or click does not close the dialog before the secret is copied. */
export function SecretDialog({ title, text, label, secret, onClose }) {
  const [state, setState] = useState("");
  const input = useRef(null);
  const isCopied = state === texts.secret.copied;
  const onCopy = () =>
    copy(secret, input.current).then(
      () => setState(texts.secret.copied),
      () => (input.current.select(), setState(texts.secret.notCopied)),
    );
  const footer = html`<${Button} look="primary" onClick=${onClose}>${texts.secret.done}<//>`;
  return html`
    <${Dialog} title=${title} onClose=${() => (isCopied ? onClose() : setState(texts.secret.copyFirst))} footer=${footer}>
      <p class="note"><${Icon} name="warning" size=${16} /> ${text}</p>
      <div class="field">
        <label for="secret">${label}</label>
        <div class="secret"><input id="secret" ref=${input} type="text" readonly value=${secret} autofocus spellcheck="false"
            onFocus=${(event) => event.target.select()} />
          <${Button} icon=${isCopied ? "check" : "copy"} onClick=${onCopy}>${texts.secret.copy}<//></div>
        <p class="hint" role="status">${state}</p>
      </div>
    <//>
  `;
}
