// A table whose columns can sort and whose rows can be selected. Below 700 pixels each row is a card.
import { html, useEffect, useRef } from "../base/html.js";
import { texts } from "../texts.js";
import { Icon } from "./icon.js";

/**
 * `columns` are {key, label, cell(row), sort, isNumber, isMain}: `sort` is the field to order by, and the main column is the
 * title of a card. A column of buttons has an empty label. `order` is {field, isDescending}. `selection` is {isSelected(row),
 * toggle(row, isRange), all, toggleAll, name(row), isDisabled(row)}, where `all` is true, false or "some". Roles are explicit,
 * because cards have no table layout.
 */
export function Table({ label, columns, rows, keyOf = (row) => row.id, order, onOrder, selection, isBusy = false }) {
  return html`
    <div class="table-frame">
      <table class="table" role="table" aria-label=${label} aria-busy=${isBusy}>
        <thead role="rowgroup">
          <tr role="row">
            ${selection && html`<th role="columnheader" class="tick-cell"><${SelectAll} selection=${selection} /></th>`}
            ${columns.map((column) => html`<${Head} key=${column.key} column=${column} order=${order} onOrder=${onOrder} />`)}
          </tr>
        </thead>
        <tbody role="rowgroup">
          ${rows.map((row) => html`<${Row} key=${keyOf(row)} row=${row} columns=${columns} selection=${selection} />`)}
        </tbody>
      </table>
    </div>
  `;
}

function Head({ column, order, onOrder }) {
  if (!column.label) return html`<td role="cell"></td>`;
  const name = `${column.isNumber ? "number" : ""} ${column.isMain ? "main" : ""}`;
  if (!column.sort) return html`<th role="columnheader" scope="col" class=${name}>${column.label}</th>`;
  const isOrdered = order?.field === column.sort;
  const direction = order?.isDescending ? "descending" : "ascending";
  return html`
    <th role="columnheader" scope="col" class=${name} aria-sort=${isOrdered ? direction : "none"}>
      <button type="button" class="sort"
        onClick=${() => onOrder({ field: column.sort, isDescending: isOrdered ? !order.isDescending : Boolean(column.isNewestFirst) })}>
        ${column.label}<span class=${isOrdered ? "" : "faint"}><${Icon} name=${isOrdered && !order.isDescending ? "up" : "down"} size=${14} /></span>
      </button>
    </th>
  `;
}

function Row({ row, columns, selection }) {
  const isSelected = selection?.isSelected(row);
  return html`
    <tr role="row" class=${isSelected ? "selected" : ""}>
      ${selection && html`
        <td role="cell" class="tick-cell">
          <label class="tick-area"><input type="checkbox" checked=${isSelected} disabled=${selection.isDisabled?.(row)} aria-label=${texts.select(selection.name(row))}
            onClick=${(event) => selection.toggle(row, event.shiftKey)} /></label>
        </td>
      `}
      ${columns.map((column) => html`
        <td role="cell" key=${column.key} class=${`${column.isNumber ? "number" : ""} ${column.isMain ? "main" : ""}`}
          data-label=${column.label}>${column.cell(row)}</td>
      `)}
    </tr>
  `;
}

function SelectAll({ selection }) {
  const box = useRef(null);
  useEffect(() => void (box.current.indeterminate = selection.all === "some"), [selection.all]);
  return html`<label class="tick-area"><input type="checkbox" ref=${box} checked=${selection.all === true}
    aria-label=${texts.selectAll} onClick=${selection.toggleAll} /></label>`;
}
