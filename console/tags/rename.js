// The dialog that gives a tag another name. The name of another tag joins the two.
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";
import { rename } from "./changes.js";

const words = texts.tags;

export function RenameDialog({ tag, tags, onChanged, onClose }) {
  const [name, setName] = useState(tag.name);
  const to = name.trim();
  const isKnown = to !== tag.name && tags.some((one) => one.name === to);
  const submit = () => {
    onClose();
    if (to && to !== tag.name) rename(tag.name, to, isKnown, onChanged);
  };
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" disabled=${!to}>${isKnown ? words.join : words.renameAction}<//>
  `;
  return html`
    <${Dialog} title=${words.rename(tag.name)} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <${Field} label=${words.newName} value=${name} onInput=${setName} autofocus maxlength="64"
        hint=${isKnown ? words.joinHint(to) : words.renameHint(tag.contactCount)} />
    <//>
  `;
}
