// The bar of a selection: how many are selected, and what can be done with them.
import { confirmed } from "../base/dialogs.js";
import { number } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { texts } from "../texts.js";
import { trash } from "./actions.js";
import { AssignDialog } from "./assign-dialog.js";
import { ExportDialog } from "./export-dialog.js";
import { ListDialog } from "./list-dialog.js";
import { OptOutDialog } from "./opt-out-dialog.js";
import { TagDialog } from "./tag-dialog.js";
import { MOST } from "./use-selection.js";

const words = texts.contacts.actions;
const DIALOGS = { tag: TagDialog, list: ListDialog, assign: AssignDialog, optOut: OptOutDialog, export: ExportDialog };

/** `total` is the number of contacts that match, and `hasMore` whether not all of them are loaded. */
export function ActionBar({ selection, total, onDone }) {
  const [open, setOpen] = useState(null);
  const { count, isMatching, chosen } = selection;
  const { writeContacts, exportContacts, bulkByFilter } = can.value;
  const close = (isDone) => {
    setOpen(null);
    if (isDone === true) finish();
  };
  const finish = () => {
    selection.clear();
    onDone();
  };
  const onTrash = async () => {
    const question = { title: words.trashTitle(number(count)), text: words.trashText, action: words.trash, isDangerous: true };
    if ((count <= 1 || (await confirmed(question))) && (await trash(chosen))) finish();
  };
  const isTooLarge = !isMatching && count > MOST;
  const Dialog = DIALOGS[open];
  return html`
    <div class="action-bar" role="region" aria-label=${words.title}>
      <span class="action-count"><b>${number(count)}</b> ${words.selected}</span>
      ${!isMatching && bulkByFilter && total > count && html`
        <${Button} look="quiet" class="link" onClick=${selection.selectMatching}>${words.selectMatching(number(total))}<//>
      `}
      <div class="action-buttons">
        ${isTooLarge && html`<span class="muted">${words.tooMany(number(MOST))}</span>`}
        ${!isTooLarge && html`
          ${writeContacts && html`
            <${Button} icon="tag" onClick=${() => setOpen("tag")}>${words.tag}<//>
            <${Button} icon="list" onClick=${() => setOpen("list")}>${words.list}<//>
            <${Button} icon="person" onClick=${() => setOpen("assign")}>${words.assign}<//>
            <${Button} icon="stop" onClick=${() => setOpen("optOut")}>${words.optOut}<//>
          `}
          ${exportContacts && html`<${Button} icon="export" onClick=${() => setOpen("export")}>${words.export}<//>`}
          ${writeContacts && html`<${Button} icon="trash" onClick=${onTrash}>${words.trash}<//>`}
        `}
      </div>
      <${Button} icon="close" look="quiet" label=${words.clearSelection} onClick=${selection.clear} />
    </div>
    ${Dialog && html`<${Dialog} selection=${chosen} onClose=${close} />`}
  `;
}
