// Gives a selection an owner, and assignees.
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Picker } from "../components/picker.js";
import { Tabs } from "../components/tabs.js";
import { texts } from "../texts.js";
import { assign, sizeOf } from "./actions.js";
import { NONE } from "./filter.js";
import { useOptions } from "./options.js";
import { useAction } from "./use-action.js";

const words = texts.contacts.actions;

export function AssignDialog({ selection, onClose }) {
  const [tab, setTab] = useState("owner");
  const [owner, setOwner] = useState([]);
  const [assignees, setAssignees] = useState([]);
  const [isBusy, run] = useAction(onClose);
  const { search, ...picker } = useOptions("owner");
  const isReady = owner.length + assignees.length > 0;
  const ownerId = owner.length ? (owner[0] === NONE ? null : owner[0]) : undefined;
  const submit = () => isReady && run(() => assign(selection, { ownerId, addAssigneeIds: assignees }));
  const options = search ? picker.options : [...picker.options, { value: NONE, label: words.noOwner }];
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy} disabled=${!isReady}>${words.assign}<//>
  `;
  const tabs = [
    { key: "owner", label: words.owner, count: owner.length || undefined },
    { key: "assignees", label: words.assignees, count: assignees.length || undefined },
  ];
  return html`
    <${Dialog} title=${words.assignTitle(counted(sizeOf(selection), "contact"))} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <${Tabs} label=${words.assign} tabs=${tabs} chosen=${tab} onChoose=${setTab}>
        ${tab === "owner"
          ? html`<${Picker} key="owner" label=${words.findUser} ...${picker} options=${options} chosen=${owner} onChange=${setOwner} isSingle autofocus />`
          : html`<${Picker} key="assignees" label=${words.findUser} ...${picker} chosen=${assignees} onChange=${setAssignees} />`}
      <//>
    <//>
  `;
}
