// The imports of the account, the newest first, with the progress of those that run.
import { number } from "../base/format.js";
import { useSubscription } from "../base/hooks.js";
import { html } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { Badge } from "../components/chip.js";
import { Problem, Skeleton } from "../components/empty.js";
import { More } from "../components/more.js";
import { JobProgress } from "../components/progress.js";
import { Table } from "../components/table.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";

const words = texts.imports;
const PAGE = 25;
const TONES = { COMPLETED: "good", FAILED: "danger", CANCELLED: "neutral" };
const columnsOf = (reload) => [
  { key: "file", label: words.file, isMain: true, cell: (job) => html`<${FileLink} job=${job} />` },
  { key: "status", label: words.status, cell: (job) => html`<${State} job=${job} onEnd=${reload} />` },
  { key: "imported", label: words.imported, isNumber: true, cell: (job) => job.summary && number(job.summary.imported) },
  { key: "left", label: words.skipped, isNumber: true, cell: (job) => job.summary && number(job.summary.skipped) },
  { key: "by", label: words.by, cell: (job) => job.createdBy?.name },
  { key: "at", label: words.when, cell: (job) => html`<${Time} at=${job.createdAt} />` },
];

export const isOpen = ({ status }) => status === "QUEUED" || status === "RUNNING";

const FileLink = ({ job }) => html`<a href=${address(`/imports/${job.id}`)}><bdi>${job.fileName ?? words.noName}</bdi></a>`;

/** An open job is followed by itself, because the list can miss events between its query and its subscription. */
function State({ job, onEnd }) {
  const text = words.states[job.status];
  if (!isOpen(job)) return html`<${Badge} tone=${TONES[job.status]}>${text}<//>`;
  return html`<div class="row-progress"><${JobProgress} id=${job.id} label=${text} onChange=${(now) => isOpen(now) || onEnd()} /></div>`;
}

const find = ({ jobs }) => jobs;

export function Recent() {
  const { page, error, reload, more, isLoadingMore, change } = usePages("imports/recent", { first: PAGE }, { find });
  const put = (job) => change((jobs) => (jobs.some(({ id }) => id === job.id) ? jobs.map((one) => (one.id === job.id ? job : one)) : [job, ...jobs]));
  useSubscription("imports/recent-changed", {}, ({ jobsChanged }) => put(jobsChanged), { resumed: reload });
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  const jobs = page?.nodes.filter((job) => !job.isDryRun);
  if (jobs?.length === 0 && !page.hasMore) return html`<p class="muted centred">${words.noneYet}</p>`;
  return html`
    <section class="card">
      <div class="card-head"><h2>${words.recent}</h2></div>
      ${jobs ? html`<${Table} label=${words.recent} columns=${columnsOf(reload)} rows=${jobs} />` : html`<${Skeleton} lines=${4} />`}
      ${page?.hasMore && html`<${More} onMore=${more} isLoading=${isLoadingMore} />`}
    </section>
  `;
}
