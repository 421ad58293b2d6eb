// Uploads a file with importContacts, follows the job with jobProgress, and shows the result.
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
    summary { total imported created updated skipped rejected invalid optedOut }
    rowErrors(first: 50) { totalCount nodes { line column value message suggestion } }
  }
}`;
const CANCEL = `mutation ($id: ID!) { cancelJob(input: { id: $id }) { errors { message } } }`;
const COUNTS = [
  ["total", "Rows"], ["created", "New contacts"], ["updated", "Contacts updated"], ["skipped", "Rows skipped"],
  ["rejected", "Of these, rejected"], ["invalid", "Stored, but marked invalid"], ["optedOut", "Numbers opted out"],
];
const ENDED = { COMPLETED: "Done", FAILED: "Failed", CANCELLED: "Stopped" };

const at = (id) => document.getElementById(id);
const number = new Intl.NumberFormat();

at("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  at("start").disabled = true;
  at("problem").hidden = at("result").hidden = true;
  try {
    await run(at("token").value.trim());
  } catch (error) {
    at("progress").hidden = true;
    at("problem").hidden = false;
    at("problem").textContent = error.message;
  } finally {
    at("start").disabled = false;
  }
});

async function run(token) {
  showState("Uploading…", null);
  at("progress").hidden = false;
  const input = { file: null, ifExists: at("if-exists").value, dryRun: at("dry-run").checked, waitSeconds: 0 };
  if (at("region").value) input.region = at("region").value.toUpperCase();
  const sent = (share) => showState("Uploading…", share);
  const { importContacts } = await upload(IMPORT, { input }, "variables.input.file", at("file").files[0], token, sent);
  if (importContacts.errors.length) throw new Error(importContacts.errors.map((one) => one.message).join(" "));
  const { id } = importContacts.job;
  at("cancel").hidden = false;
  at("cancel").onclick = () => request(CANCEL, { id }, token);
  try {
    for await (const { jobProgress } of subscribe(PROGRESS, { id }, token)) showProgress(jobProgress);
  } finally {
    at("cancel").hidden = true;
  }
  showResult((await request(RESULT, { id }, token)).job);
}

function showState(text, share, speed = "") {
  if (at("state").textContent !== text) at("state").textContent = text; // screen readers announce each change
  if (share === null) at("bar").removeAttribute("value");
  else at("bar").value = share;
  at("speed").textContent = speed;
}

function showProgress(job) {
  const rows = `${number.format(job.doneRowCount)} of ${job.rowCount === null ? "…" : number.format(job.rowCount)} rows`;
  const speed = job.rowsPerSecond ? `, ${number.format(Math.round(job.rowsPerSecond))} a second` : "";
  const left = job.secondsLeft ? `, about ${number.format(Math.ceil(job.secondsLeft))} s left` : "";
  showState(ENDED[job.status] ?? "Importing…", job.status in ENDED ? 1 : job.progress, rows + speed + left);
}

function showResult(job) {
  if (job.error) throw new Error(job.error.message);
  const state = ENDED[job.status] + (job.isDryRun ? ": nothing was written" : "");
  showState(state, 1, at("speed").textContent);
  at("counts").replaceChildren(
    ...COUNTS.flatMap(([name, label]) => [cell("dt", label), cell("dd", number.format(job.summary[name]))]),
  );
  at("download").hidden = !job.downloadUrl;
  if (job.downloadUrl) at("download-link").href = job.downloadUrl;
  at("errors").hidden = job.rowErrors.totalCount === 0;
  at("errors").tBodies[0].replaceChildren(...job.rowErrors.nodes.map(errorRow));
  at("result").hidden = false;
}

function errorRow(error) {
  const row = document.createElement("tr");
  const why = error.suggestion ? `${error.message} Did you mean ${error.suggestion}?` : error.message;
  row.append(...[error.line, error.column ?? "", error.value ?? "", why].map((text) => cell("td", text)));
  return row;
}

function cell(name, text) {
  const element = document.createElement(name);
  element.textContent = text;
  return element;
}
