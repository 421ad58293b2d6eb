// The imports of the account, the newest first, with the progress of those that run.
import { number } from "../base/format.js";
import { request } from "../base/client.js";
import { useQuery, useSubscription } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address } from "../base/router.js";
import { problem } from "../base/toasts.js";
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
  { key: "file", label: words.file, isMain: true, cell: (job) => html`<a href=${address(`/import/${job.id}`)}><bdi>${job.fileName ?? words.noName}</bdi></a>` },
  { key: "status", label: words.status, cell: (job) => html`<${State} job=${job} onEnd=${reload} />` },
  { key: "imported", label: words.imported, isNumber: true, cell: (job) => job.summary && number(job.summary.imported) },
  { key: "left", label: words.skipped, isNumber: true, cell: (job) => job.summary && number(job.summary.skipped) },
  { key: "by", label: words.by, cell: (job) => job.createdBy?.name },
  { key: "at", label: words.when, cell: (job) => html`<${Time} at=${job.createdAt} />` },
];

export const isOpen = ({ status }) => status === "QUEUED" || status === "RUNNING";

/** An open job is followed by itself, because the list can miss events between its query and its subscription. */
function State({ job, onEnd }) {
  if (isOpen(job))
    return html`<div class="row-progress"><${JobProgress} id=${job.id} label=${words.states[job.status]} onChange=${(now) => isOpen(now) || onEnd()} /></div>`;
  return html`<${Badge} tone=${TONES[job.status]}>${words.states[job.status]}<//>`;
}

export function Recent() {
  const [isLoading, setLoading] = useState(false);
  const { data, error, reload, set } = useQuery("imports/recent", { first: PAGE });
  useSubscription("imports/recent-changed", {}, ({ jobsChanged }) => set((before) => merged(before, jobsChanged)), { resumed: reload });
  const jobs = data?.jobs.nodes.filter((job) => !job.isDryRun) ?? [];
  const more = async () => {
    setLoading(true);
    try {
      const next = await request("imports/recent", { first: PAGE, after: data.jobs.pageInfo.endCursor });
      set((before) => ({ jobs: { ...next.jobs, nodes: [...before.jobs.nodes, ...next.jobs.nodes] } }));
    } catch (failure) {
      problem(failure);
    }
    setLoading(false);
  };
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (data && !jobs.length && !data.jobs.pageInfo.hasNextPage) return html`<p class="muted centred">${words.noneYet}</p>`;
  return html`
    <section class="card">
      <div class="card-head"><h2>${words.recent}</h2></div>
      ${data ? html`<${Table} label=${words.recent} columns=${columnsOf(reload)} rows=${jobs} />` : html`<${Skeleton} lines=${4} />`}
      ${data?.jobs.pageInfo.hasNextPage && html`<${More} onMore=${more} isLoading=${isLoading} />`}
    </section>
  `;
}

/** Puts a job that changed into the page that is shown. */
function merged(data, job) {
  if (!data) return data;
  const { nodes } = data.jobs;
  const isKnown = nodes.some((one) => one.id === job.id);
  return { jobs: { ...data.jobs, nodes: isKnown ? nodes.map((one) => (one.id === job.id ? job : one)) : [job, ...nodes] } };
}
