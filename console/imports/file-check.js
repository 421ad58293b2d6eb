// One file: its dry run, which repeats by itself after each change, and what came of it.
import { mutate, request } from "../base/client.js";
import { useSettled } from "../base/hooks.js";
import { html, useEffect, useRef, useState } from "../base/html.js";
import { finished } from "../base/jobs.js";
import { Problem } from "../components/empty.js";
import { Progress } from "../components/progress.js";
import { texts } from "../texts.js";
import { Columns } from "./columns.js";
import { change, choicesOf, inputOf, remembered } from "./files.js";
import { Reading } from "./reading.js";
import { Rows } from "./rows.js";
import { Tiles } from "./tiles.js";
import { Warnings } from "./warnings.js";

const words = texts.imports;
const SETTLED_MS = 350;

/** `onCheck` gets the job of a check, and the choices that it was for. */
export function FileCheck({ entry, onCheck }) {
  const { job, progress, error, retry } = useDryRun(entry, onCheck);
  if (error) return html`<${Problem} error=${error} onRetry=${retry} />`;
  const isChecking = progress !== null;
  const choose = (place, field) => {
    const { header } = job.columns[place];
    if (header) remembered.set(header, field);
    change(entry.key, { fields: { ...entry.fields, [place]: field } });
  };
  return html`
    <div class="stack" aria-busy=${isChecking}>
      ${isChecking && html`<div class=${job ? "checking" : "card checking first"} role="status">
        <${Progress} value=${progress.value} label=${words.checking}>${job ? "" : words.checking}<//>
      </div>`}
      ${job?.error && html`<${Problem} error=${{ message: job.error.message }} />`}
      ${job?.summary && !job.error && html`<${Tiles} summary=${job.summary} isDryRun=${true} />`}
      ${job && html`
        <${Warnings} warnings=${job.warnings} />
        <${Columns} columns=${job.columns} fields=${entry.fields} onChoose=${choose} />
        ${job.status === "COMPLETED" && html`<${Rows} key=${job.id} id=${job.id} title=${words.rowsWithProblems} />`}
        <${Reading} job=${job} reading=${entry.reading} onChange=${(reading) => change(entry.key, { reading })} />
      `}
    </div>
  `;
}

/** Runs the dry run whenever the choices change. Returns the last job, and the progress while one runs. */
function useDryRun(entry, onCheck) {
  const [state, setState] = useState({ job: null, progress: {}, error: null });
  const [attempt, setAttempt] = useState(0);
  const last = useRef(null);
  const choices = choicesOf(entry);
  const settled = useSettled(`${attempt} ${choices}`, SETTLED_MS);
  useEffect(() => {
    let isOutdated = false;
    let running = null;
    const show = (changes) => isOutdated || setState((before) => ({ ...before, ...changes }));
    const check = async () => {
      show({ progress: {}, error: null });
      const payload = await mutate("imports/start", inputOf(entry, last.current?.columns ?? [], { isDryRun: true }));
      if (payload.errors.length) throw payload.errors[0];
      running = payload.job.id;
      if (isOutdated) return stop(running);
      await finished(running, ({ progress }) => show({ progress: { value: progress } }));
      const { job } = await request("imports/job", { id: running });
      running = null;
      if (isOutdated) return;
      last.current = job;
      const recalled = recall(entry, job.columns);
      if (recalled) return change(entry.key, { fields: recalled });
      show({ job, progress: null });
      onCheck(job, choices);
    };
    check().catch((error) => error.name === "AbortError" || show({ error, progress: null }));
    return () => {
      isOutdated = true;
      if (running) stop(running);
    };
  }, [settled]);
  return { ...state, retry: () => setAttempt(attempt + 1) };
}

/** Returns the fields that the user chose for the same headers of another file, or null if that changes nothing. */
function recall({ fields }, columns) {
  const found = { ...fields };
  for (const [place, { header, field }] of columns.entries()) {
    const chosen = remembered.get(header);
    if (chosen && !(place in fields) && chosen !== (field ?? "ignore")) found[place] = chosen;
  }
  return Object.keys(found).length > Object.keys(fields).length ? found : null;
}

const stop = (id) => mutate("imports/cancel", { id }).catch(() => {});
