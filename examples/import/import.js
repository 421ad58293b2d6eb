// Checks a file by a dry run of importContacts, lets the user choose the fields of its columns, and imports it.
import { request, subscribe, upload } from "./client.js";

const IMPORT = `mutation ($input: ImportContactsInput!) {
  importContacts(input: $input) { job { id } errors { message } }
}`;
const PROGRESS = `subscription ($id: ID!) {
  jobProgress(id: $id) { status progress rowCount doneRowCount rowsPerSecond secondsLeft }
}`;
const RESULT = `query ($id: ID!) {
  job(id: $id) {
    status isDryRun downloadUrl error { message }
    warnings { code message column line value count }
    columns { header field sample }
    summary { total imported created updated skipped rejected invalid optedOut }
    rowErrors(first: 50) { totalCount nodes { line rowNumber column value message suggestion } }
  }
}`;
const CANCEL = `mutation ($id: ID!) { cancelJob(input: { id: $id }) { errors { message } } }`;
const LISTS = `{ contactLists(first: 100) { nodes { id name } } }`;
const COUNTS = [
  ["total", "Rows"], ["created", "New contacts"], ["updated", "Contacts updated"], ["skipped", "Rows skipped"],
  ["rejected", "Of these, rejected"], ["invalid", "Stored, but marked invalid"], ["optedOut", "Numbers opted out"],
];
const FIELDS = [
  "first_name", "last_name", "name", "phone", "email", "company_name", "notes", "tags", "external_id", "sender_number",
  "opt_out", "country", "calling_code", "lists", "owner_email", "assignee_email",
];
const ENDED = { COMPLETED: "Done", FAILED: "Failed", CANCELLED: "Stopped" };

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();
const chosen = new Map(); // the fields that the user chose, by the position of the column
let columns = [];

at("form").addEventListener("submit", (event) => {
  event.preventDefault();
  chosen.clear();
  attempt(true);
});
at("again").addEventListener("click", () => attempt(true));
at("import").addEventListener("click", () => attempt(false));
at("file").addEventListener("change", () => (at("result").hidden = true));
at("token").addEventListener("change", fillLists);
if (at("token").value) fillLists();

async function fillLists() {
  try {
    const { contactLists } = await request(LISTS, {}, at("token").value.trim());
    at("list").replaceChildren(new Option("No list", ""), ...contactLists.nodes.map(({ id, name }) => new Option(name, id)));
  } catch {
    at("list").replaceChildren(new Option("No list", "")); // the check of the file tells what is wrong with the token
  }
}

async function attempt(dryRun) {
  for (const id of ["start", "again", "import"]) at(id).disabled = true;
  at("problem").hidden = at("result").hidden = true;
  try {
    await run(at("token").value.trim(), dryRun);
  } catch (error) {
    at("progress").hidden = true;
    at("problem").hidden = false;
    at("problem").textContent = error.message;
  } finally {
    for (const id of ["start", "again", "import"]) at(id).disabled = false;
  }
}

async function run(token, dryRun) {
  showState("Uploading…", null);
  at("progress").hidden = false;
  const input = { file: null, ifExists: at("if-exists").value, dryRun, waitSeconds: 0, mapping: mapping() };
  if (at("region").value) input.region = at("region").value.toUpperCase();
  if (at("list").value) Object.assign(input, { listId: at("list").value, addExistingToList: at("add-existing").checked });
  const sent = (share) => showState("Uploading…", share);
  const { importContacts } = await upload(IMPORT, { input }, "variables.input.file", at("file").files[0], token, sent);
  if (importContacts.errors.length) throw new Error(importContacts.errors.map((one) => one.message).join(" "));
  const { id } = importContacts.job;
  at("cancel").hidden = false;
  at("cancel").onclick = () => request(CANCEL, { id }, token);
  try {
    const working = dryRun ? "Checking…" : "Importing…";
    for await (const { jobProgress } of subscribe(PROGRESS, { id }, token)) showProgress(jobProgress, working);
  } finally {
    at("cancel").hidden = true;
  }
  showResult((await request(RESULT, { id }, token)).job);
}

/** Returns the fields that the user chose. A column whose header is blank or not unique is named by its position. */
function mapping() {
  return [...chosen].map(([place, field]) => {
    const { header } = columns[place];
    const isUnique = header && columns.filter((one) => one.header === header).length === 1;
    return isUnique ? { header, field } : { column: place + 1, field };
  });
}

function showState(text, share, speed = "") {
  if (at("state").textContent !== text) at("state").textContent = text; // screen readers announce each change
  if (share === null) at("bar").removeAttribute("value");
  else at("bar").value = share;
  at("speed").textContent = speed;
}

function showProgress(job, working) {
  const rows = `${number.format(job.doneRowCount)} of ${job.rowCount === null ? "…" : number.format(job.rowCount)} rows`;
  const speed = job.rowsPerSecond ? `, ${number.format(Math.round(job.rowsPerSecond))} a second` : "";
  const left = job.secondsLeft ? `, about ${number.format(Math.ceil(job.secondsLeft))} s left` : "";
  showState(ENDED[job.status] ?? working, job.status in ENDED ? 1 : job.progress, rows + speed + left);
}

/** Shows the warnings first. After a dry run, also the columns, even if the file could not be read for lack of a field. */
function showResult(job) {
  columns = job.columns;
  const isStep = job.isDryRun && columns.length > 0;
  at("warnings").replaceChildren(...job.warnings.map((warning) => cell("li", worded(warning))));
  at("columns").hidden = at("steps").hidden = !isStep;
  at("columns").tBodies[0].replaceChildren(...(isStep ? columns.map(columnRow) : []));
  at("import").hidden = job.status !== "COMPLETED";
  at("counts").replaceChildren(
    ...(job.summary ? COUNTS : []).flatMap(([name, label]) => [cell("dt", label), cell("dd", number.format(job.summary[name]))]),
  );
  at("download").hidden = !job.downloadUrl;
  if (job.downloadUrl) at("download-link").href = job.downloadUrl;
  at("errors").hidden = job.rowErrors.totalCount === 0;
  at("errors").tBodies[0].replaceChildren(...job.rowErrors.nodes.map(errorRow));
  at("result").hidden = job.error !== null && !isStep;
  if (job.error) throw new Error(job.error.message);
  showState(ENDED[job.status] + (job.isDryRun ? ": nothing was written" : ""), 1, at("speed").textContent);
}

function worded({ code, message, column, line, value, count }) {
  const rows = line === null ? "" : ` (${count === 1 ? "1 row" : `${number.format(count)} rows`}, from line ${line})`;
  return `${column ?? "File"}: ${message}${value ? ` First: ${value}.` : ""}${rows} [${code}]`;
}

function columnRow({ header, field, sample }, place) {
  const row = document.createElement("tr");
  const select = document.createElement("select");
  const custom = `custom:${header.slice(0, 100)}`;
  const fields = new Set(["ignore", ...FIELDS, ...(header ? [custom] : []), ...(field ? [field] : [])]);
  select.append(...[...fields].map((one) => new Option(one === "ignore" ? "leave out" : one, one)));
  select.value = field ?? "ignore";
  select.setAttribute("aria-label", `Field of ${header || `column ${place + 1}`}`);
  select.addEventListener("change", () => chosen.set(place, select.value));
  const choice = document.createElement("td");
  choice.append(select);
  row.append(cell("td", header || `Column ${place + 1}`), cell("td", sample.join(", ")), choice);
  return row;
}

function errorRow(error) {
  const row = document.createElement("tr");
  const why = error.suggestion ? `${error.message} Did you mean ${error.suggestion}?` : error.message;
  row.append(...[error.rowNumber ?? error.line, error.column ?? "", error.value ?? "", why].map((text) => cell("td", text)));
  return row;
}

function cell(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
