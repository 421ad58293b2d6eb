// The screen of all campaigns.
import { number } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate, route } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { More } from "../components/more.js";
import { Search } from "../components/search.js";
import { Table } from "../components/table.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { CampaignDialog } from "./form.js";
import { State, STATES } from "./state.js";

const words = texts.campaigns;
const FIELDS = ["NAME", "CREATED_AT", "CONTACT_COUNT"];
const COLUMNS = [
  { key: "name", label: words.name, sort: "NAME", isMain: true, cell: (row) => html`<${Name} row=${row} />` },
  { key: "state", label: words.state, cell: (row) => html`<${State} status=${row.status} />` },
  { key: "channel", label: words.channel, cell: (row) => words.channels[row.channel] },
  { key: "contacts", label: words.contacts, sort: "CONTACT_COUNT", isNumber: true, isNewestFirst: true, cell: (row) => number(row.contactCount) },
  { key: "start", label: words.start, cell: (row) => html`<${Time} at=${row.scheduledAt} isExact />` },
  { key: "made", label: words.made, sort: "CREATED_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.createdAt} />` },
];

const Name = ({ row }) => html`<a href=${address(`/campaigns/${row.id}`)}><bdi>${row.name}</bdi></a>`;
const find = ({ campaigns }) => campaigns;

/** The address has search, state, order, and import: the import whose contacts a new campaign is for. */
export function Screen() {
  const { query } = route.value;
  const [search, states] = [query.get("search") ?? "", query.getAll("state")];
  const [sort, imported] = [query.get("order") ?? "-CREATED_AT", query.get("import")];
  const [isMaking, setMaking] = useState(false);
  const change = (changes) => navigate(address("/campaigns", { search, state: states, order: sort, ...changes }), { isReplacing: true });
  const order = { field: FIELDS.find((field) => sort.endsWith(field)) ?? "CREATED_AT", isDescending: sort.startsWith("-") };
  const variables = {
    search: useSettled(search, 150) || null,
    statuses: states.length ? states : null,
    orderBy: { field: order.field, direction: order.isDescending ? "DESC" : "ASC" },
  };
  const pages = usePages("campaigns/page", variables, { find });
  const { page, error, reload } = pages;
  const isOpen = isMaking || Boolean(imported);
  const close = () => (setMaking(false), change({}));
  const made = (id) => navigate(imported ? address(`/campaigns/${id}/review`, { import: imported }) : address(`/campaigns/${id}`));
  const make = can.value.writeCampaigns && html`<${Button} look="primary" icon="plus" onClick=${() => setMaking(true)}>${words.make}<//>`;
  return html`
    <div class="page-head"><h1>${words.title}<small>${page && number(page.totalCount)}</small></h1>${make}</div>
    ${error && html`<${Problem} error=${error} onRetry=${reload} />`}
    ${page?.totalCount === 0 && !search && !states.length
      ? html`<div class="card"><${Empty} icon="campaigns" title=${words.none} text=${words.noneHint}>${make}<//></div>`
      : html`
        <div class="filter-bar">
          <${Search} label=${words.search} value=${search} onInput=${(text) => change({ search: text })} maxlength="200" />
          <${States} chosen=${states} onChange=${(state) => change({ state })} />
        </div>
        <div class="card">
          <${Listed} pages=${pages} order=${order} onOrder=${({ field, isDescending }) => change({ order: (isDescending ? "-" : "") + field })} />
        </div>
      `}
    ${isOpen && html`<${CampaignDialog} onClose=${close} onDone=${made} />`}
  `;
}

const States = ({ chosen, onChange }) => html`
  <div class="filters" role="group" aria-label=${words.state}>
    ${STATES.map((state) => html`
      <button type="button" key=${state} class="toggle" aria-pressed=${chosen.includes(state)}
        onClick=${() => onChange(chosen.includes(state) ? chosen.filter((one) => one !== state) : [...chosen, state])}>${words.states[state]}</button>
    `)}
  </div>
`;

function Listed({ pages, order, onOrder }) {
  const { page, isLoading, more, isLoadingMore } = pages;
  if (!page) return html`<${Skeleton} lines=${6} />`;
  if (!page.nodes.length) return html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint} />`;
  return html`
    <${Table} label=${words.title} columns=${COLUMNS} rows=${page.nodes} order=${order} onOrder=${onOrder} isBusy=${isLoading} />
    ${page.hasMore && html`<${More} onMore=${more} isLoading=${isLoadingMore} />`}
  `;
}
