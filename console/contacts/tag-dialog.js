// Adds tags to a selection, and removes tags from it.
import { html, useState } from "../base/html.js";
import { counted } from "../base/format.js";
import { Button } from "../components/button.js";
import { Chip } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { Picker } from "../components/picker.js";
import { texts } from "../texts.js";
import { sizeOf, tag } from "./actions.js";
import { useOptions } from "./options.js";
import { useAction } from "./use-action.js";

const words = texts.contacts.actions;

export function TagDialog({ selection, onClose }) {
  const [isAdding, setAdding] = useState(true);
  const [tags, setTags] = useState([]);
  const [isBusy, run] = useAction(onClose);
  const { search, ...picker } = useOptions("tag");
  const submit = () => tags.length && run(() => (isAdding ? tag(selection, tags, []) : tag(selection, [], tags)));
  const change = (adding) => (setAdding(adding), setTags([]));
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy} disabled=${!tags.length}>${isAdding ? words.addTags : words.removeTags}<//>
  `;
  return html`
    <${Dialog} title=${words.tagTitle(counted(sizeOf(selection), "contact"))} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <div class="switch" role="group" aria-label=${words.tag}>
        <button type="button" aria-pressed=${isAdding} onClick=${() => change(true)}>${words.add}</button>
        <button type="button" aria-pressed=${!isAdding} onClick=${() => change(false)}>${words.remove}</button>
      </div>
      ${tags.length > 0 && html`<div class="chips">
        ${tags.map((one) => html`<${Chip} key=${one} icon="tag" onRemove=${() => setTags(tags.filter((other) => other !== one))}>${one}<//>`)}
      </div>`}
      <${Picker} label=${words.findTag} ...${picker} chosen=${tags} onChange=${setTags} makes=${isAdding && words.newTag} autofocus />
    <//>
  `;
}
