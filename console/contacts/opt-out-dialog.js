// Opts the numbers of a selection out.
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";
import { optOut, sizeOf } from "./actions.js";
import { useAction } from "./use-action.js";

const words = texts.contacts.actions;

export function OptOutDialog({ selection, onClose }) {
  const [reason, setReason] = useState("");
  const [isBusy, run] = useAction(onClose);
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="danger" isBusy=${isBusy}>${words.optOut}<//>
  `;
  return html`
    <${Dialog} title=${words.optOutTitle(counted(sizeOf(selection), "number"))} onClose=${onClose}
      onSubmit=${() => run(() => optOut(selection, reason.trim()))} footer=${footer}>
      <p>${words.optOutText}</p>
      <${Field} label=${words.reason} hint=${words.reasonHint} value=${reason} onInput=${setReason} maxlength="1000" autofocus />
    <//>
  `;
}
