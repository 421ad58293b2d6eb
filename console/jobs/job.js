// The screen of one job: its progress or result, its file, its warnings and the rows with a problem.
import { number } from "../base/format.js";
import { useSubscription } from "../base/hooks.js";
import { html } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Listing } from "../components/listing.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { State, download, isOpen, nameOf, stop } from "./parts.js";

const words = texts.jobsScreen;
const find = ({ job }) => job?.page;

export function Screen({ id }) {
  const pages = usePages("jobs/one", { id }, { find });
  const job = pages.data?.job;
  const change = (changed) => pages.set((data) => ({ job: { ...data.job, ...changed } }));
  useSubscription("base/job-progress", { id }, ({ jobProgress }) => {
    if (job && isOpen(job) && !isOpen(jobProgress)) pages.reload();
    else if (job && isOpen(jobProgress)) {
      const { status, progress, rowCount, doneRowCount, secondsLeft } = jobProgress;
      change({ status, progress, rowCount, doneRowCount, secondsLeft });
    }
  }, { resumed: pages.reload, isSkipped: !job || !isOpen(job) });
  if (pages.error) return html`<${Problem} error=${pages.error} onRetry=${pages.reload} />`;
  if (!pages.data) return html`<div class="card"><${Skeleton} lines=${6} /></div>`;
  if (!job) return html`<${Empty} icon="jobs" title=${words.gone} text=${words.goneHint}><a class="button" href=${address("/jobs")}>${words.all}</a><//>`;
  return html`
    <p class="back"><a href=${address("/jobs")}><${Icon} name="left" size=${16} />${words.title}</a></p>
    <div class="page-head">
      <h1><bdi>${nameOf(job)}</bdi></h1>
      <div class="actions">
        ${job.downloadUrl && html`<${Button} icon="import" look="primary" onClick=${() => download(id)}>${words.download(job.kind)}<//>`}
        ${isOpen(job) && can.value.writeContacts && html`<${Button} icon="close" onClick=${() => stop(job, pages.reload)}>${words.stopAction}<//>`}
      </div>
    </div>
    <div class="stack">
      <${Summary} job=${job} />
      ${job.warnings.length > 0 && html`<${Warnings} warnings=${job.warnings} />`}
      ${pages.page.totalCount > 0 && html`
        <section aria-label=${words.problems}>
          <h2 class="section-title">${words.problems}<small>${number(pages.page.totalCount)}</small></h2>
          <${Listing} label=${words.problems} pages=${pages} keyOf=${(row) => `${row.line} ${row.code} ${row.column}`} columns=${COLUMNS} />
        </section>
      `}
    </div>
  `;
}

function Summary({ job }) {
  const { summary } = job;
  const facts = [
    [words.who, job.createdBy?.name],
    [words.started, job.startedAt && html`<${Time} at=${job.startedAt} isExact />`],
    [words.finished, job.finishedAt && html`<${Time} at=${job.finishedAt} isExact />`],
    [words.list, job.contactList && html`<a href=${address("/contacts", { list: job.contactList.id })}>${job.contactList.name}</a>`],
  ].filter(([, value]) => value);
  const counts = Object.entries(words.counts).filter(([name]) => summary?.[name]);
  return html`
    <section class="card job-summary" aria-label=${words.result}>
      <div class="job-state"><${State} job=${job} /></div>
      ${job.error && html`<p class="danger-text">${job.error.message}</p>`}
      ${counts.length > 0 && html`
        <dl class="figures">${counts.map(([name, label]) => html`<div key=${name}><dt>${label}</dt><dd>${number(summary[name])}</dd></div>`)}</dl>
      `}
      ${!summary && !isOpen(job) && html`<p>${words.rowsDone(job.doneRowCount)}</p>`}
      <dl class="facts-line">${facts.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
      ${summary && job.kind === "IMPORT" && !job.isDryRun && summary.created + summary.updated > 0 && html`
        <p><a href=${address("/contacts", { import: job.id })}>${words.seeContacts}</a></p>`}
    </section>
  `;
}

const Warnings = ({ warnings }) => html`
  <section aria-label=${words.warnings}>
    <h2 class="section-title">${words.warnings}<small>${number(warnings.length)}</small></h2>
    <ul class="card rows padded">
      ${warnings.map((one) => html`
        <li key=${`${one.code} ${one.column} ${one.line}`}><${Icon} name="warning" />
          <div class="grow"><p>${one.message}</p>${one.column && html`<small>${words.column(one.column)}</small>`}</div>
          ${one.count > 1 && html`<span class="muted">${words.times(one.count)}</span>`}</li>
      `)}
    </ul>
  </section>
`;

const outcomeCell = ({ isRejected }) =>
  html`<${Badge} tone=${isRejected ? "danger" : "neutral"}>${isRejected ? words.rejected : words.stored}<//>`;

const COLUMNS = [
  { key: "row", label: words.row, isMain: true, cell: (row) => words.rowNumber(row.rowNumber ?? row.line) },
  { key: "column", label: words.columnLabel, cell: (row) => row.column },
  { key: "value", label: words.cell, cell: (row) => row.value && html`<code class="clipped">${row.value}</code>` },
  { key: "message", label: words.problem, cell: (row) => html`<span class="wrapped">${row.message}</span>` },
  { key: "kept", label: words.outcome, cell: outcomeCell },
];
