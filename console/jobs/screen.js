// The screen of the background jobs, which change while it is open.
import { number } from "../base/format.js";
import { useSubscription } from "../base/hooks.js";
import { html } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate, route } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { Tabs } from "../components/tabs.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { State, jobAddress, download, isOpen, nameOf, stop } from "./parts.js";

const words = texts.jobsScreen;
const VIEWS = { all: {}, open: { statuses: ["QUEUED", "RUNNING"] }, imports: { kinds: ["IMPORT"] }, exports: { kinds: ["EXPORT"] }, failed: { statuses: ["FAILED"] } };

const isIn = ({ kinds, statuses }, job) => (!kinds || kinds.includes(job.kind)) && (!statuses || statuses.includes(job.status));

export function Screen() {
  const wanted = route.value.query.get("view");
  const view = wanted in VIEWS ? wanted : "all";
  const pages = usePages("jobs/page", VIEWS[view]);
  const change = (job) => pages.change((jobs) => jobs.map((one) => (one.id === job.id ? { ...one, ...job } : one)));
  useSubscription("jobs/changed", {}, ({ jobsChanged: job }) => {
    if (pages.page?.nodes.some((one) => one.id === job.id)) change(job);
    else if (isIn(VIEWS[view], job)) pages.change((jobs) => [job, ...jobs]);
  }, { resumed: pages.reload });
  const tabs = Object.keys(VIEWS).map((key) => ({ key, label: words.views[key] }));
  const empty = html`
    <${Empty} icon="jobs" title=${words.empty[view]} text=${words.emptyHint}>
      ${view !== "failed" && can.value.importContacts && html`<a class="button primary" href=${address("/imports")}>${words.importFile}</a>`}
    <//>
  `;
  return html`
    <div class="page-head"><h1>${words.title}<small>${pages.page && number(pages.page.totalCount)}</small></h1></div>
    <${Tabs} label=${words.title} tabs=${tabs} chosen=${view} onChoose=${(key) => navigate(address("/jobs", { view: key === "all" ? "" : key }), { isReplacing: true })}>
      <${Listing} label=${words.title} pages=${pages} empty=${empty} columns=${columns(change)} />
    <//>
  `;
}

const columns = (change) => [
  { key: "name", label: words.job, isMain: true, cell: nameCell },
  { key: "state", label: words.state, cell: (job) => html`<div class="job-state"><${State} job=${job} /></div>` },
  { key: "result", label: words.result, cell: (job) => resultOf(job) },
  { key: "when", label: words.when, cell: (job) => html`<${Time} at=${job.createdAt} />` },
  { key: "actions", label: "", isNumber: true, cell: (job) => actionsCell(job, change) },
];

const nameCell = (job) => html`
  <span class="two-lines"><a href=${jobAddress(job)}><bdi>${nameOf(job)}</bdi></a><small>${job.createdBy?.name ?? texts.integration}</small></span>
`;

function resultOf(job) {
  if (job.error) return html`<span class="clipped danger-text" title=${job.error.message}>${job.error.message}</span>`;
  if (job.summary && !isOpen(job)) return words.imported(job.summary);
  return !isOpen(job) && words.rowsDone(job.doneRowCount);
}

const actionsCell = (job, change) => html`
  <span class="row-actions">
    ${job.downloadUrl && html`<${Button} icon="import" look="quiet" label=${words.download(job.kind)} onClick=${() => download(job.id)} />`}
    ${isOpen(job) && can.value.writeContacts && html`<${Button} icon="close" look="quiet" label=${words.stop(nameOf(job))} onClick=${() => stop(job, change)} />`}
  </span>
`;
