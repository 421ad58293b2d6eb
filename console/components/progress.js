// Progress bars: of a share from 0 to 1, and of a background job.
import { counted, span } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { useSubscription } from "../base/hooks.js";
import { texts } from "../texts.js";

/** `value` null shows that something happens, without how much of it. */
export const Progress = ({ value, label, children }) => html`
  <div class="progress">
    <progress aria-label=${label} max="1" value=${value ?? undefined} />
    ${children && html`<p class="progress-text">${children}</p>`}
  </div>
`;

/** Follows a job by its id. `onChange` gets it each time that it changes. */
export function JobProgress({ id, label, onChange }) {
  const [job, setJob] = useState(null);
  useSubscription("base/job-progress", { id }, ({ jobProgress }) => {
    setJob(jobProgress);
    onChange?.(jobProgress);
  });
  return html`<${Progress} label=${label} value=${job?.progress}>${job ? told(job) : texts.loading}<//>`;
}

/** Says how many rows of a job are done, and how long the rest takes. */
export function told({ rowCount, doneRowCount, secondsLeft }) {
  const rows = rowCount === null ? counted(doneRowCount, texts.row, texts.rows) : texts.jobs.rowsOf(doneRowCount, rowCount);
  return secondsLeft ? `${rows} · ${texts.jobs.left(span(secondsLeft))}` : rows;
}
