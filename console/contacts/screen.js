// The screen of all contacts.
import { number, phone } from "../base/format.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { html } from "../base/html.js";
import { address, navigate, route } from "../base/router.js";
import { Chip } from "../components/chip.js";
import { Problem, Skeleton } from "../components/empty.js";
import { Search } from "../components/search.js";
import { Table } from "../components/table.js";
import { texts } from "../texts.js";

const words = texts.contacts;
const COLUMNS = [
  { key: "name", label: "Name", isMain: true, cell: (row) => html`<a href=${address(`/contacts/${row.id}`)}>${row.displayName}</a>` },
  { key: "phone", label: "Phone", cell: (row) => html`<span class="phone">${phone(row.phone)}</span>` },
  { key: "tags", label: "Tags", cell: (row) => html`<span class="chips">${row.tags.map((tag) => html`<${Chip} key=${tag}>${tag}<//>`)}</span>` },
];

export function Screen() {
  const search = route.value.query.get("search") ?? "";
  const settled = useSettled(search, 150);
  const { data, error, isLoading, reload } = useQuery("contacts/page", { filter: { search: settled }, first: 50 });
  const onSearch = (text) => navigate(address("/contacts", { search: text }), { isReplacing: true });
  return html`
    <div class="page-head"><h1>${words.title}<small>${data && number(data.contacts.totalCount)}</small></h1></div>
    <${Search} label=${texts.search} value=${search} onInput=${onSearch} />
    ${error && html`<${Problem} error=${error} onRetry=${reload} />`}
    <div class="card">
      ${data ? html`<${Table} label=${words.title} columns=${COLUMNS} rows=${data.contacts.nodes} isBusy=${isLoading} />` : html`<${Skeleton} lines=${8} />`}
    </div>
  `;
}
