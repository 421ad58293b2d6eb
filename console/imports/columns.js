// The columns of a file: their first cells, and the field that each is taken for, which the user can change.
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { texts } from "../texts.js";
import { choicesFor, LEFT_OUT } from "./fields.js";

const words = texts.imports;

/** `fields` are the user's choices by position. `onChoose` gets a position and a field. */
export function Columns({ columns, fields, onChoose }) {
  const [isAll, setAll] = useState(false);
  if (!columns.length) return null;
  const placed = columns.map((column, place) => ({ ...column, place }));
  const isEmpty = ({ sample, field, place }) => !sample.some((cell) => cell.trim()) && !field && !(place in fields);
  const hidden = placed.filter(isEmpty);
  return html`
    <section class="card">
      <div class="card-head"><h2>${words.columns}</h2><small>${words.columnsHint}</small></div>
      <ul class="columns">
        ${(isAll ? placed : placed.filter((column) => !isEmpty(column))).map((column) => html`
          <${Column} key=${column.place} column=${column} chosen=${fields[column.place]} onChoose=${(field) => onChoose(column.place, field)} />
        `)}
      </ul>
      ${hidden.length > 0 && html`<div class="more"><${Button} look="quiet" onClick=${() => setAll(!isAll)}>
        ${isAll ? words.hideEmpty : words.showEmpty(counted(hidden.length, words.emptyColumn, words.emptyColumns))}<//></div>`}
    </section>
  `;
}

function Column({ column, chosen, onChoose }) {
  const { header, sample, place, field } = column;
  const value = chosen ?? field ?? LEFT_OUT;
  const name = header || words.columnAt(place + 1);
  const { known, custom } = choicesFor(column);
  return html`
    <li class=${value === LEFT_OUT ? "column left-out" : "column"}>
      <div class="column-text">
        <strong><bdi>${name}</bdi></strong>
        <p class="sample">${sample.filter((cell) => cell.trim()).map((cell, index) => html`<span key=${index}><bdi>${cell}</bdi></span>`)}</p>
      </div>
      <select aria-label=${words.takenFor(name)} value=${value} onChange=${(event) => onChoose(event.target.value)}>
        <option value=${LEFT_OUT}>${words.leftOut}</option>
        ${known.map(([key, label]) => html`<option key=${key} value=${key}>${label}</option>`)}
        ${custom.map(([key, label]) => html`<option key=${key} value=${key}>${label}</option>`)}
      </select>
    </li>
  `;
}
