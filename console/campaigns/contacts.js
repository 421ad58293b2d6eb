// The contacts of a campaign: a table with search and segments, and what can be removed.
import { counted, number, phone } from "../base/format.js";
import { request } from "../base/client.js";
import { confirmed } from "../base/dialogs.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { html, useEffect, useRef, useState } from "../base/html.js";
import { followed } from "../base/jobs.js";
import { address } from "../base/router.js";
import { act, problem, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { More } from "../components/more.js";
import { Search } from "../components/search.js";
import { Table } from "../components/table.js";
import { useSelection } from "../contacts/use-selection.js";
import { texts } from "../texts.js";

const words = texts.campaigns;
const RELOAD_MS = 400;

const columnsOf = (hasSegments) => [
  { key: "name", label: words.contactName, isMain: true, cell: (row) => html`<a href=${address(`/contacts/${row.contact.id}`)}><bdi>${row.name ?? row.contact.displayName}</bdi></a>` },
  { key: "phone", label: words.phone, cell: (row) => html`<span class="phone">${phone(row.contact.phone)}</span>${row.contact.isOptedOut && html` <${Badge} tone="danger">${words.optedOut}<//>`}` },
  { key: "for", label: words.assignee, cell: (row) => row.assignee?.name },
  ...(hasSegments ? [{ key: "segment", label: words.segment, cell: (row) => row.segmentId }] : []),
];

export function Contacts({ campaign, isWriting }) {
  const { id, contactCount, segments } = campaign;
  const [search, setSearch] = useState("");
  const [segmentId, setSegment] = useState("");
  const variables = { id, search: useSettled(search, 150) || null, segmentId: segmentId || null };
  const { data, error, isLoading, reload, set } = useQuery("campaigns/contacts", variables, { isSkipped: !can.value.readContacts });
  useReload(contactCount, reload);
  const found = data?.campaign?.contacts;
  const rows = found?.nodes ?? [];
  const selection = useSelection(rows, variables, found?.totalCount ?? 0, (row) => row.contact.displayName);
  if (!can.value.readContacts) return html`<section class="card"><${Empty} icon="contacts" title=${counted(contactCount, words.contact)} text=${words.notReadable} /></section>`;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  const isFiltered = Boolean(search || segmentId);
  if (found && !found.totalCount && !isFiltered)
    return html`<section class="card"><${Empty} icon="contacts" title=${words.noContacts} text=${isWriting ? words.noContactsHint : undefined} /></section>`;
  return html`
    <section class="stack">
      <div class="search-row">
        <${Search} label=${words.searchContacts} value=${search} onInput=${setSearch} maxlength="200" />
        ${segments.length > 0 && html`
          <select class="segment-choice" aria-label=${words.segment} value=${segmentId} onChange=${(event) => setSegment(event.target.value)}>
            <option value="">${words.allSegments}</option>
            ${segments.map((one) => html`<option key=${one.segmentId} value=${one.segmentId}>${one.segmentId}</option>`)}
          </select>
        `}
      </div>
      <div class="card">
        <div class="card-head"><h2>${words.contacts} <small>${found && number(found.totalCount)}</small></h2>
          ${isWriting && selection.count > 0 && html`<${Remove} id=${id} rows=${selection.chosen.rows} onDone=${() => (selection.clear(), reload())} />`}
        </div>
        ${!found ? html`<${Skeleton} lines=${6} />` : rows.length
          ? html`<${Table} label=${words.contacts} columns=${columnsOf(segments.length > 0)} rows=${rows} isBusy=${isLoading} selection=${isWriting ? selection : undefined} />`
          : html`<${Empty} icon="search" title=${texts.nothingFound} />`}
        ${found?.pageInfo.hasNextPage && html`<${NextPage} variables=${variables} after=${found.pageInfo.endCursor} set=${set} />`}
      </div>
    </section>
  `;
}

/** Loads the table again after the count has changed, but not for each of many changes. */
function useReload(count, reload) {
  const isFirst = useRef(true);
  const settled = useSettled(count, RELOAD_MS);
  useEffect(() => {
    if (!isFirst.current) reload();
    isFirst.current = false;
  }, [settled]);
}

function NextPage({ variables, after, set }) {
  const [isLoading, setLoading] = useState(false);
  const more = async () => {
    setLoading(true);
    try {
      const { campaign } = await request("campaigns/contacts", { ...variables, after });
      set((before) => ({ campaign: { ...campaign, contacts: { ...campaign.contacts, nodes: [...before.campaign.contacts.nodes, ...campaign.contacts.nodes] } } }));
    } catch (failure) {
      problem(failure);
    }
    setLoading(false);
  };
  return html`<${More} onMore=${more} isLoading=${isLoading} />`;
}

function Remove({ id, rows, onDone }) {
  const remove = async () => {
    const question = { title: words.removeTitle(counted(rows.length, words.contact)), text: words.removeText, action: words.remove, isDangerous: true };
    if (!(await confirmed(question))) return;
    const payload = await act("campaigns/remove-contacts", { campaignId: id, contacts: { ids: rows.map((row) => row.contact.id) } });
    if (payload?.job) await followed(payload.job.id, words.removing);
    if (payload) toast(words.removed(counted(payload.count ?? rows.length, words.contact)));
    onDone();
  };
  return html`<${Button} icon="minus" onClick=${remove}>${words.removeCount(number(rows.length))}<//>`;
}
