// The screen of all campaigns.
import { number } from "../base/format.js";
import { request } from "../base/client.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address, navigate, route } from "../base/router.js";
import { problem } from "../base/toasts.js";
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
  { key: "name", label: words.name, sort: "NAME", isMain: true, cell: (row) => html`<a href=${address(`/campaigns/${row.id}`)}><bdi>${row.name}</bdi></a>` },
  { key: "state", label: words.state, cell: (row) => html`<${State} status=${row.status} />` },
  { key: "channel", label: words.channel, cell: (row) => words.channels[row.channel] },
  { key: "contacts", label: words.contacts, sort: "CONTACT_COUNT", isNumber: true, isNewestFirst: true, cell: (row) => number(row.contactCount) },
  { key: "start", label: words.start, cell: (row) => html`<${Time} at=${row.scheduledAt} isExact />` },
  { key: "made", label: words.made, sort: "CREATED_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.createdAt} />` },
];

/** The address has search, state, order, and import: the import whose contacts a new campaign is for. */
export function Screen() {
  const { query } = route.value;
  const [search, states, sort, imported] = [query.get("search") ?? "", query.getAll("state"), query.get("order") ?? "-CREATED_AT", query.get("import")];
  const [isMaking, setMaking] = useState(false);
  const change = (changes) => navigate(address("/campaigns", { search, state: states, order: sort, ...changes }), { isReplacing: true });
  const order = { field: FIELDS.find((field) => sort.endsWith(field)) ?? "CREATED_AT", isDescending: sort.startsWith("-") };
  const variables = {
    search: useSettled(search, 150) || null,
    statuses: states.length ? states : null,
    orderBy: { field: order.field, direction: order.isDescending ? "DESC" : "ASC" },
  };
  const { data, error, isLoading, reload, set } = useQuery("campaigns/page", variables);
  const isOpen = isMaking || Boolean(imported);
  const close = () => (setMaking(false), change({}));
  const made = (id) => navigate(imported ? address(`/campaigns/${id}/review`, { import: imported }) : address(`/campaigns/${id}`));
  const make = can.value.writeCampaigns && html`<${Button} look="primary" icon="plus" onClick=${() => setMaking(true)}>${words.make}<//>`;
  return html`
    <div class="page-head"><h1>${words.title}<small>${data && number(data.campaigns.totalCount)}</small></h1>${make}</div>
    ${error && html`<${Problem} error=${error} onRetry=${reload} />`}
    ${data && !data.campaigns.totalCount && !search && !states.length
      ? html`<div class="card"><${Empty} icon="campaigns" title=${words.none} text=${words.noneHint}>${make}<//></div>`
      : html`
        <div class="filter-bar">
          <${Search} label=${words.search} value=${search} onInput=${(text) => change({ search: text })} maxlength="200" />
          <${States} chosen=${states} onChange=${(state) => change({ state })} />
        </div>
        <div class="card">
          <${Listed} data=${data} isLoading=${isLoading} order=${order} set=${set} variables=${variables}
            onOrder=${({ field, isDescending }) => change({ order: (isDescending ? "-" : "") + field })} />
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

function Listed({ data, isLoading, order, onOrder, set, variables }) {
  const [isPaging, setPaging] = useState(false);
  if (!data) return html`<${Skeleton} lines=${6} />`;
  const { nodes, pageInfo } = data.campaigns;
  if (!nodes.length) return html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint} />`;
  const more = async () => {
    setPaging(true);
    try {
      const { campaigns } = await request("campaigns/page", { ...variables, after: pageInfo.endCursor });
      set((before) => ({ campaigns: { ...campaigns, nodes: [...before.campaigns.nodes, ...campaigns.nodes] } }));
    } catch (failure) {
      problem(failure);
    }
    setPaging(false);
  };
  return html`
    <${Table} label=${words.title} columns=${COLUMNS} rows=${nodes} order=${order} onOrder=${onOrder} isBusy=${isLoading} />
    ${pageInfo.hasNextPage && html`<${More} onMore=${more} isLoading=${isPaging} />`}
  `;
}
