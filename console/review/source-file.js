// A file as the source of a review. The server finds its columns by a dry run, and this page reads its rows.
import { counted } from "../base/format.js";
import { mutate, request } from "../base/client.js";
import { html, useEffect, useState } from "../base/html.js";
import { finished } from "../base/jobs.js";
import { Field } from "../components/field.js";
import { Icon } from "../components/icon.js";
import { Problem } from "../components/empty.js";
import { Progress } from "../components/progress.js";
import { FileButton, WindowDrop } from "../imports/drop.js";
import { texts } from "../texts.js";
import { recordsOf } from "./csv.js";
import { sheetRecordsOf } from "./xlsx.js";

const words = texts.review;
const SAMPLE = 24;
const PARTS = { phone: ["phone"], firstName: ["first_name", "name"], lastName: ["last_name"] };

export function FileSource({ onChange }) {
  const [file, setFile] = useState(null);
  const [read, setRead] = useState(null);
  const [places, setPlaces] = useState({});
  const [error, setError] = useState(null);
  const take = async ([chosen]) => {
    setFile(chosen);
    setRead(null);
    setError(null);
    onChange(null);
    try {
      const found = await reading(chosen);
      setPlaces(placesOf(found.columns));
      setRead(found);
    } catch (failure) {
      setError(failure);
    }
  };
  useEffect(() => {
    if (!read) return;
    const isUsable = places.phone.length > 0;
    onChange({ count: isUsable ? read.records.length : 0, rows: async () => read.records.map((cells) => rowOf(cells, read.columns, places)) });
  }, [read, places]);
  return html`
    <${WindowDrop} onFiles=${take} text=${words.dropFile} />
    ${!file && html`
      <div class="drop-zone small-zone">
        <span class="empty-icon"><${Icon} name="import" size=${24} /></span>
        <h2>${texts.imports.dropHere}</h2><p>${words.fileHint}</p>
        <${FileButton} onFiles=${take} isSingle look="primary" icon="plus">${words.chooseFile}<//>
      </div>
    `}
    ${file && html`
      <div class="actions">
        <p class="grow"><strong><bdi>${file.name}</bdi></strong>
          <span class="muted"> ${read && counted(read.records.length, texts.row, texts.rows)}</span></p>
        <${FileButton} onFiles=${take} isSingle>${words.otherFile}<//>
      </div>
    `}
    ${file && !read && !error && html`<${Progress} value=${null} label=${texts.imports.checking}>${texts.imports.checking}<//>`}
    ${error && html`<${Problem} error=${error} />`}
    ${read && html`
      <div class="reading-fields">
        ${Object.keys(PARTS).map((part) => html`<${Choice} key=${part} part=${part} columns=${read.columns} place=${places[part][0] ?? ""}
          onChange=${(place) => setPlaces({ ...places, [part]: place === "" ? [] : [place] })} />`)}
      </div>
      <p class="hint">${words.otherColumns}</p>
    `}
  `;
}

const Choice = ({ part, columns, place, onChange }) => html`
  <${Field} label=${words.parts[part]}>
    ${(attributes) => html`
      <select ...${attributes} value=${place} onChange=${(event) => onChange(event.target.value === "" ? "" : Number(event.target.value))}>
        <option value="">${words.noColumn}</option>
        ${columns.map((column, index) => html`<option key=${index} value=${index}>${told(column, index)}</option>`)}
      </select>
    `}
  <//>
`;

const told = ({ header, sample }, index) =>
  (header || texts.imports.columnAt(index + 1)) + (sample[0] ? ` (${sample[0].slice(0, SAMPLE)})` : "");

/** Returns {columns, records} of a file. Throws an Error that says why it can't be read. */
async function reading(file) {
  const payload = await mutate("imports/start", { file, dryRun: true, waitSeconds: 0 });
  if (payload.errors.length) throw payload.errors[0];
  await finished(payload.job.id);
  const { job } = await request("imports/job", { id: payload.job.id });
  if (!job.columns.length) throw job.error ?? new Error(texts.errors.unknown);
  return { columns: job.columns, records: job.sheets.length ? await sheetRecordsOf(file, job) : await recordsOf(file, job) };
}

/** Returns the positions of the columns of each part: columns with cells first, and a first name before a full name. */
function placesOf(columns) {
  const found = Object.entries(PARTS).map(([part, fields]) => {
    const rank = ({ field, sample }) => fields.indexOf(field) + (sample.some((cell) => cell.trim()) ? 0 : fields.length);
    const places = columns.flatMap(({ field }, place) => (fields.includes(field) ? [place] : []));
    return [part, places.sort((one, other) => rank(columns[one]) - rank(columns[other]))];
  });
  return Object.fromEntries(found);
}

function rowOf(cells, columns, places) {
  const first = (part) => places[part].map((place) => cells[place]?.trim()).find(Boolean);
  const used = new Set(Object.values(places).flat());
  const others = columns.flatMap(({ header }, place) => (!used.has(place) && header && cells[place]?.trim() ? [[header, cells[place]]] : []));
  const phoneNumber = first("phone")?.split(":::")[0].trim() ?? "";
  return { phoneNumber, firstName: first("firstName"), lastName: first("lastName"), columns: Object.fromEntries(others) };
}
