// The bar of a selection in the trash: restore, or delete for good.
import { number } from "../base/format.js";
import { html } from "../base/html.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { texts } from "../texts.js";

const words = texts.trash;

/** `selection` comes from useSelection. The two actions get the API's selection of contacts, and the number of them. */
export function TrashBar({ selection, total, onRestore, onPurge }) {
  const { count, isMatching, chosen } = selection;
  const contacts = isMatching
    ? { matching: { filter: chosen.filter, expectedCount: chosen.count } }
    : { ids: chosen.rows.map((row) => row.id) };
  return html`
    <div class="action-bar" role="region" aria-label=${words.selection}>
      <span class="action-count"><b>${number(count)}</b> ${words.selected}</span>
      ${!isMatching && can.value.bulkByFilter && total > count && html`
        <${Button} look="quiet" class="link" onClick=${selection.selectMatching}>${words.selectAll(number(total))}<//>
      `}
      <div class="action-buttons">
        <${Button} icon="undo" onClick=${() => onRestore(contacts)}>${words.restore}<//>
        <${Button} icon="trash" onClick=${() => onPurge({ contacts, count })}>${words.purge}<//>
      </div>
      <${Button} icon="close" look="quiet" label=${words.clear} onClick=${selection.clear} />
    </div>
  `;
}
