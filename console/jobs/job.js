// The screen of one job: its progress or result, its file, and the contacts that it left as they were. Imports have their own.
import { number, phone } from "../base/format.js";
import { useSubscription } from "../base/hooks.js";
import { html, useEffect } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Listing } from "../components/listing.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { State, jobAddress, download, isOpen, nameOf, stop } from "./parts.js";

const words = texts.jobsScreen;
const find = ({ job }) => job?.page;

export function Screen({ id }) {
  const pages = usePages("jobs/one", { id }, { find });
  const job = pages.data?.job;
  const isImport = job?.kind === "IMPORT";
  useEffect(() => void (isImport && navigate(jobAddress(job), { isReplacing: true })), [isImport]);
  const change = (changed) => pages.set((data) => ({ job: { ...data.job, ...changed } }));
  useSubscription("base/job-progress", { id }, ({ jobProgress }) => {
    const { status, progress, rowCount, doneRowCount, secondsLeft } = jobProgress;
    if (isOpen(jobProgress)) change({ status, progress, rowCount, doneRowCount, secondsLeft });
    else pages.reload();
  }, { resumed: pages.reload, isSkipped: !job || !isOpen(job) });
  if (pages.error) return html`<${Problem} error=${pages.error} onRetry=${pages.reload} />`;
  if (!pages.data || isImport) return html`<div class="card"><${Skeleton} lines=${6} /></div>`;
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
      ${pages.page.totalCount > 0 && html`
        <section aria-label=${words.problems}>
          <h2 class="section-title">${words.problems}<small>${number(pages.page.totalCount)}</small></h2>
          <${Listing} label=${words.problems} pages=${pages} keyOf=${(row) => row.line} columns=${COLUMNS} />
        </section>
      `}
    </div>
  `;
}

function Summary({ job }) {
  const facts = [
    [words.result, !isOpen(job) && words.rowsDone(job.doneRowCount)],
    [words.who, job.createdBy?.name],
    [words.started, job.startedAt && html`<${Time} at=${job.startedAt} isExact />`],
    [words.finished, job.finishedAt && html`<${Time} at=${job.finishedAt} isExact />`],
  ].filter(([, value]) => value);
  return html`
    <section class="card job-summary" aria-label=${words.job}>
      <div class="job-state"><${State} job=${job} /></div>
      ${job.error && html`<p class="danger-text">${job.error.message}</p>`}
      <dl class="facts-line">${facts.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
    </section>
  `;
}

const COLUMNS = [
  { key: "value", label: words.number, isMain: true, cell: (row) => html`<span class="phone">${phone(row.value)}</span>` },
  { key: "message", label: words.problem, cell: (row) => html`<span class="wrapped">${row.message}</span>` },
];
