// The screen of the trash: contacts that wait for their deletion, and how many days they have left.
import { number, phone } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate, route } from "../base/router.js";
import { can, viewer } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { Search } from "../components/search.js";
import { Time } from "../components/time.js";
import { useSelection } from "../contacts/use-selection.js";
import { texts } from "../texts.js";
import { TrashBar } from "./bar.js";
import { restore } from "./changes.js";
import { Conflicts } from "./conflicts.js";
import { PurgeDialog } from "./purge.js";

const words = texts.trash;
const SOON_DAYS = 7;
const DAY_MS = 86_400_000;

export function Screen() {
  const search = route.value.query.get("search") ?? "";
  const [order, setOrder] = useState({ field: "DELETED_AT", isDescending: true });
  const filter = { state: "TRASHED", search: useSettled(search, 150) };
  const orderBy = [{ field: order.field, direction: order.isDescending ? "DESC" : "ASC" }];
  const pages = usePages("trash/page", { filter, orderBy });
  const [conflicts, setConflicts] = useState(null);
  const [purged, setPurged] = useState(null);
  const total = pages.page?.totalCount ?? 0;
  const selection = useSelection(pages.page?.nodes ?? [], filter, total, (row) => row.displayName);
  const mayChange = can.value.writeContacts;
  const ended = () => {
    selection.clear();
    pages.reload();
  };
  const onRestore = (contacts) => restore(contacts, setConflicts, ended);
  const empty = search
    ? html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint(search)} />`
    : html`<${Empty} icon="trash" title=${words.empty} text=${words.emptyHint(viewer.value.account.trashRetentionDays)} />`;
  return html`
    <div class="page-head"><h1>${words.title}<small>${pages.page && number(pages.page.totalCount)}</small></h1></div>
    <p class="lead">${words.hint(viewer.value.account.trashRetentionDays)}</p>
    <div class="tools"><${Search} label=${words.search} value=${search}
      onInput=${(text) => navigate(address("/trash", { search: text }), { isReplacing: true })} /></div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} order=${order} onOrder=${setOrder}
      selection=${mayChange ? selection : null} columns=${columns(mayChange && onRestore)} />
    ${selection.count > 0 && html`<${TrashBar} selection=${selection} total=${total} onRestore=${onRestore} onPurge=${setPurged} />`}
    ${conflicts && html`<${Conflicts} ...${conflicts} onClose=${() => setConflicts(null)} />`}
    ${purged && html`<${PurgeDialog} ...${purged} ended=${ended} onClose=${() => setPurged(null)} />`}
  `;
}

const columns = (onRestore) => [
  { key: "name", label: words.name, sort: "NAME", isMain: true, cell: nameCell },
  { key: "phone", label: words.phone, sort: "PHONE", cell: (row) => html`<span class="phone">${phone(row.phone)}</span>` },
  { key: "since", label: words.since, sort: "DELETED_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.deletedAt} />` },
  { key: "left", label: words.left, cell: leftCell },
  ...(onRestore ? [{ key: "actions", label: "", isNumber: true, cell: (row) => restoreCell(row, onRestore) }] : []),
];

const nameCell = (row) => html`<a href=${address(`/contacts/${row.id}`)}><bdi>${row.displayName}</bdi></a>`;

function leftCell({ purgeAt }) {
  const days = Math.max(0, Math.ceil((new Date(purgeAt) - Date.now()) / DAY_MS));
  return html`<${Badge} tone=${days <= SOON_DAYS ? "warning" : "neutral"}>${words.days(days)}<//>`;
}

const restoreCell = (row, onRestore) => html`
  <${Button} icon="undo" aria-label=${words.restoreOne(row.displayName)} onClick=${() => onRestore({ ids: [row.id] })}>${words.restore}<//>
`;
