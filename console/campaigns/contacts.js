// The contacts of a campaign: a table with search and segments, and what can be removed.
import { counted, number, phone } from "../base/format.js";
import { confirmed } from "../base/dialogs.js";
import { useSettled } from "../base/hooks.js";
import { html, useEffect, useRef, useState } from "../base/html.js";
import { followed } from "../base/jobs.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { act, toast } from "../base/toasts.js";
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
  { key: "name", label: words.contactName, isMain: true, cell: (row) => html`<${Name} row=${row} />` },
  { key: "phone", label: words.phone, cell: (row) => html`<${Phone} contact=${row.contact} />` },
  { key: "for", label: words.assignee, cell: (row) => row.assignee?.name },
  ...(hasSegments ? [{ key: "segment", label: words.segment, cell: (row) => row.segmentId }] : []),
];

const Name = ({ row }) => html`
  <a href=${address(`/contacts/${row.contact.id}`)}><bdi>${row.name ?? row.contact.displayName}</bdi></a>
`;

const Phone = ({ contact }) => html`
  <span class="phone">${phone(contact.phone)}</span>${contact.isOptedOut && html` <${Badge} tone="danger">${words.optedOut}<//>`}
`;

const find = ({ campaign }) => campaign?.contacts;

export function Contacts({ campaign, isWriting }) {
  const { id, contactCount, segments } = campaign;
  const [search, setSearch] = useState("");
  const [segmentId, setSegment] = useState("");
  const isReading = Boolean(can.value.readContacts);
  const variables = { id, search: useSettled(search, 150) || null, segmentId: segmentId || null };
  const pages = usePages("campaigns/contacts", variables, { find, isSkipped: !isReading });
  const { page, error, reload } = pages;
  useReload(contactCount, reload);
  const selection = useSelection(page?.nodes ?? [], variables, page?.totalCount ?? 0, (row) => row.contact.displayName);
  if (!isReading) return html`<${Nothing} title=${counted(contactCount, words.contact)} text=${words.notReadable} />`;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (page?.totalCount === 0 && !search && !segmentId)
    return html`<${Nothing} title=${words.noContacts} text=${isWriting ? words.noContactsHint : ""} />`;
  const removed = () => {
    selection.clear();
    reload();
  };
  return html`
    <section class="stack">
      <div class="search-row">
        <${Search} label=${words.searchContacts} value=${search} onInput=${setSearch} maxlength="200" />
        ${segments.length > 0 && html`<${SegmentChoice} segments=${segments} value=${segmentId} onChange=${setSegment} />`}
      </div>
      <div class="card">
        <div class="card-head"><h2>${words.contacts} <small>${page && number(page.totalCount)}</small></h2>
          ${isWriting && selection.count > 0 && html`<${Remove} id=${id} rows=${selection.chosen.rows} onDone=${removed} />`}
        </div>
        <${Listed} pages=${pages} columns=${columnsOf(segments.length > 0)} selection=${isWriting ? selection : undefined} />
      </div>
    </section>
  `;
}

const Nothing = ({ title, text }) => html`<section class="card"><${Empty} icon="contacts" title=${title} text=${text} /></section>`;

const SegmentChoice = ({ segments, value, onChange }) => html`
  <select class="segment-choice" aria-label=${words.segment} value=${value} onChange=${(event) => onChange(event.target.value)}>
    <option value="">${words.allSegments}</option>
    ${segments.map(({ segmentId }) => html`<option key=${segmentId} value=${segmentId}>${segmentId}</option>`)}
  </select>
`;

function Listed({ pages, columns, selection }) {
  const { page, isLoading, more, isLoadingMore } = pages;
  if (!page) return html`<${Skeleton} lines=${6} />`;
  if (!page.nodes.length) return html`<${Empty} icon="search" title=${texts.nothingFound} />`;
  return html`
    <${Table} label=${words.contacts} columns=${columns} rows=${page.nodes} isBusy=${isLoading} selection=${selection} />
    ${page.hasMore && html`<${More} onMore=${more} isLoading=${isLoadingMore} />`}
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

function Remove({ id, rows, onDone }) {
  const remove = async () => {
    const title = words.removeTitle(counted(rows.length, words.contact));
    if (!(await confirmed({ title, text: words.removeText, action: words.remove, isDangerous: true }))) return;
    const contacts = { ids: rows.map((row) => row.contact.id) };
    const payload = await act("campaigns/remove-contacts", { campaignId: id, contacts });
    if (payload?.job) await followed(payload.job.id, words.removing);
    if (payload) toast(words.removed(counted(payload.count ?? rows.length, words.contact)));
    onDone();
  };
  return html`<${Button} icon="minus" onClick=${remove}>${words.removeCount(number(rows.length))}<//>`;
}
