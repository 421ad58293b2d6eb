// The dialog of `confirmed`.
import { question } from "../base/dialogs.js";
import { html } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { texts } from "../texts.js";

export function Question() {
  if (!question.value) return null;
  const { title, text, action, isDangerous, answer } = question.value;
  const footer = html`
    <${Button} onClick=${() => answer(false)}>${texts.cancel}<//>
    <${Button} look=${isDangerous ? "danger" : "primary"} type="submit">${action}<//>
  `;
  return html`<${Dialog} title=${title} onClose=${() => answer(false)} onSubmit=${() => answer(true)} footer=${footer}><p>${text}</p><//>`;
}
