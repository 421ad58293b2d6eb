// Adds a selection to a list, or removes it from one.
import { act } from "../base/toasts.js";
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Picker } from "../components/picker.js";
import { texts } from "../texts.js";
import { changeList, sizeOf } from "./actions.js";
import { useOptions } from "./options.js";
import { useAction } from "./use-action.js";

const words = texts.contacts.actions;

export function ListDialog({ selection, onClose }) {
  const [isAdding, setAdding] = useState(true);
  const [chosen, setChosen] = useState(null);
  const [isBusy, run] = useAction(onClose);
  const { search, ...picker } = useOptions("list");
  const choose = ([value]) => setChosen(value === undefined ? null : (picker.options.find((one) => one.value === value) ?? { label: value }));
  const submit = () =>
    chosen &&
    run(async () => {
      const id = chosen.value ?? (await act("contacts/create-list", { name: chosen.label }))?.contactList.id;
      return Boolean(id) && changeList(selection, { id, name: chosen.label }, isAdding);
    });
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy} disabled=${!chosen}>
      ${chosen ? (isAdding ? words.addTo : words.removeFrom)(chosen.label) : isAdding ? words.add : words.remove}
    <//>
  `;
  return html`
    <${Dialog} title=${words.listTitle(counted(sizeOf(selection), "contact"))} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <div class="switch" role="group" aria-label=${words.list}>
        <button type="button" aria-pressed=${isAdding} onClick=${() => setAdding(true)}>${words.add}</button>
        <button type="button" aria-pressed=${!isAdding} onClick=${() => (setAdding(false), setChosen(null))}>${words.remove}</button>
      </div>
      <${Picker} label=${words.findList} ...${picker} chosen=${chosen ? [chosen.value ?? chosen.label] : []} onChange=${choose} isSingle
        makes=${isAdding && words.newList} autofocus />
    <//>
  `;
}
