// The selection of rows of the trash, or of all that match, and the bar with what to do with them.
import { number } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { texts } from "../texts.js";

const words = texts.trash;

/** Returns {count, contacts, isAll, clear, selectAll, ofTable}: `contacts` is the API's selection. */
export function useSelection(page, filter) {
  const [ids, setIds] = useState(new Set());
  const [isAll, setAll] = useState(false);
  const [last, setLast] = useState(null);
  const rows = page?.nodes ?? [];
  const total = page?.totalCount ?? 0;
  const shownIds = rows.map((row) => row.id);
  const areShown = shownIds.length > 0 && shownIds.every((id) => ids.has(id));
  const clear = () => (setIds(new Set()), setAll(false));
  const toggle = (row, isRange) => {
    const next = new Set(isAll ? shownIds : ids);
    const isAdded = !next.has(row.id);
    const [from, to] = [isRange && last ? shownIds.indexOf(last) : -1, shownIds.indexOf(row.id)];
    const range = from < 0 ? [row.id] : shownIds.slice(Math.min(from, to), Math.max(from, to) + 1);
    for (const id of range) next[isAdded ? "add" : "delete"](id);
    setIds(next);
    setAll(false);
    setLast(row.id);
  };
  const toggleAll = () => (areShown || isAll ? clear() : setIds(new Set(shownIds)));
  const ofTable = {
    isSelected: (row) => isAll || ids.has(row.id),
    toggle,
    toggleAll,
    all: isAll || areShown || (ids.size > 0 && "some"),
    name: (row) => row.displayName,
  };
  const contacts = isAll ? { matching: { filter, expectedCount: total } } : { ids: [...ids] };
  const maySelectAll = can.value.bulkByFilter && areShown && !isAll && page.hasMore;
  return { count: isAll ? total : ids.size, total, contacts, maySelectAll, clear, selectAll: () => setAll(true), ofTable };
}

/** Without a selection, the bar offers to empty the trash. */
export function SelectionBar({ selection, onRestore, onPurge }) {
  const { count, total, contacts, maySelectAll, clear, selectAll } = selection;
  if (!count) return null;
  return html`
    <div class="selection-bar" role="toolbar" aria-label=${words.selection}>
      <p class="grow" role="status">${words.selected(count)}
        ${maySelectAll && html` <button type="button" class="link" onClick=${selectAll}>${words.selectAll(number(total))}</button>`}</p>
      <${Button} icon="undo" look="primary" onClick=${() => onRestore(contacts)}>${words.restore}<//>
      <${Button} icon="trash" onClick=${() => onPurge({ contacts, count })}>${words.purge}<//>
      <${Button} icon="close" look="quiet" label=${words.clear} onClick=${clear} />
    </div>
  `;
}
