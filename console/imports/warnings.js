// What the server noticed and decided. Warnings of the same kind are one line.
import { counted } from "../base/format.js";
import { html } from "../base/html.js";
import { Icon } from "../components/icon.js";
import { texts } from "../texts.js";

const words = texts.imports;
const SHOWN = 4;
// The list of columns says which ones are left out, and the tiles count the contacts that stay as they are.
const SAID_ELSEWHERE = new Set(["COLUMN_LEFT_OUT"]);

export function Warnings({ warnings }) {
  const told = warnings.filter(({ code }) => !SAID_ELSEWHERE.has(code));
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

const Warning = ({ message, column, line, value, count }) => html`
  <li>
    <${Icon} name="warning" size=${16} />
    <div>
      <p>${column && html`<strong><bdi>${column}</bdi>: </strong>`}${message}</p>
      ${(value || line) && html`<small>${value && html`<code><bdi>${value}</bdi></code> `}
        ${line && words.fromLine(counted(count, texts.row, texts.rows), line)}</small>`}
    </div>
  </li>
`;
