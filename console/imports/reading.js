// How a file is read: its sheet, encoding, delimiter and headers. The server finds them; the user can correct them.
import { html } from "../base/html.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";

const words = texts.imports.reading;
const ENCODINGS = ["utf-8", "utf-16", "windows-1252", "windows-1250", "windows-1251", "windows-1253", "windows-1254", "windows-1255",
  "windows-1256", "windows-1257", "shift_jis", "euc-jp", "gbk", "big5", "euc-kr", "koi8-r", "macintosh"];

/** `reading` are the user's choices, which `onChange` gets with one more. */
export function Reading({ job, reading, onChange }) {
  const set = (name) => (event) => {
    const { [name]: _, ...rest } = reading;
    const { value } = event.target;
    onChange(value === "" ? rest : { ...rest, [name]: name === "headerLine" ? Number(value) : value });
  };
  const isSheet = job.sheets.length > 0;
  return html`
    <details class="card reading" open=${isSheet && job.sheets.length > 1}>
      <summary><h2>${words.title}</h2> <small>${told(job)}</small></summary>
      <div class="card-body reading-fields">
        ${isSheet && html`<${Choice} label=${words.sheet} value=${reading.sheet ?? ""} onChange=${set("sheet")}
          options=${job.sheets.map(({ name, isHidden }) => [name, isHidden ? words.hidden(name) : name])} />`}
        ${!isSheet && html`
          <${Choice} label=${words.encoding} value=${reading.encoding ?? ""} onChange=${set("encoding")}
            options=${ENCODINGS.map((one) => [one, one])} />
          <${Choice} label=${words.delimiter} value=${reading.delimiter ?? ""} onChange=${set("delimiter")}
            options=${Object.entries(words.delimiters)} />
        `}
        <${Field} label=${words.headerLine} hint=${words.headerLineHint} type="number" min="1" max="1000" value=${reading.headerLine ?? ""}
          onInput=${() => {}} onChange=${set("headerLine")} />
      </div>
    </details>
  `;
}

const Choice = ({ label, value, options, onChange }) => html`
  <${Field} label=${label}>
    ${(attributes) => html`
      <select ...${attributes} value=${value} onChange=${onChange}>
        <option value="">${words.found}</option>
        ${options.map(([key, name]) => html`<option key=${key} value=${key}>${name}</option>`)}
      </select>
    `}
  <//>
`;

function told({ sheet, encoding, delimiter, headerLine }) {
  const between = words.delimiters[delimiter === "\t" ? "tab" : delimiter];
  const headers = headerLine ? words.headersAt(headerLine) : words.noHeaders;
  return [sheet, encoding?.toUpperCase(), between, headers].filter(Boolean).join(" · ");
}
