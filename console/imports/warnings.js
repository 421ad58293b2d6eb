// What the server noticed and decided. Warnings of the same kind are one line.
import { counted } from "../base/format.js";
import { html } from "../base/html.js";
import { Icon } from "../components/icon.js";
import { texts } from "../texts.js";

const words = texts.imports;
const SHOWN = 4;
const VALUES = 5;
// The list of columns says which ones are left out, and the tiles count the contacts that stay as they are.
const SAID_ELSEWHERE = new Set(["COLUMN_LEFT_OUT"]);

export function Warnings({ warnings }) {
  const told = grouped(warnings.filter(({ code }) => !SAID_ELSEWHERE.has(code)));
  if (!told.length) return null;
  return html`
    <section class="card notices">
      <ul>
        ${told.slice(0, SHOWN).map((one, index) => html`<${Warning} key=${index} ...${one} />`)}
      </ul>
      ${told.length > SHOWN && html`
        <details><summary>${words.moreWarnings(told.length - SHOWN)}</summary>
          <ul>${told.slice(SHOWN).map((one, index) => html`<${Warning} key=${index} ...${one} />`)}</ul>
        </details>
      `}
    </section>
  `;
}

const Warning = ({ message, column, line, values, count }) => html`
  <li>
    <${Icon} name="warning" size=${16} />
    <div>
      <p>${column && html`<strong><bdi>${column}</bdi>: </strong>`}${message}</p>
      ${(values.length > 0 || line) && html`<small>${values.slice(0, VALUES).map((value) => html`<code key=${value}><bdi>${value}</bdi></code> `)}
        ${line && words.fromLine(counted(count, texts.row, texts.rows), line)}</small>`}
    </div>
  </li>
`;

/** Returns one warning for each message about a column, with the cells of all of them. */
function grouped(warnings) {
  const groups = new Map();
  for (const { message, column, line, value, count } of warnings) {
    const key = `${column} ${message}`;
    const group = groups.get(key) ?? { message, column, line: null, values: [], count: 0 };
    if (value) group.values.push(value);
    if (line) Object.assign(group, { line: Math.min(line, group.line ?? line), count: group.count + count });
    groups.set(key, group);
  }
  return [...groups.values()];
}
