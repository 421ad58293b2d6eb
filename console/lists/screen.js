// The screen of the contact lists.
import { counted, number } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { confirmed } from "../base/dialogs.js";
import { usePages } from "../base/pages.js";
import { address, navigate, route } from "../base/router.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { Search } from "../components/search.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { ListDialog } from "./dialog.js";

const words = texts.lists;

export function Screen() {
  const search = route.value.query.get("search") ?? "";
  const [order, setOrder] = useState({ field: "NAME", isDescending: false });
  const [edited, setEdited] = useState(null);
  const orderBy = { field: order.field, direction: order.isDescending ? "DESC" : "ASC" };
  const pages = usePages("lists/page", { search: useSettled(search, 150), orderBy });
  const mayChange = can.value.writeContacts;
  const onSaved = (list) => {
    if (edited.id) pages.change((lists) => lists.map((one) => (one.id === list.id ? list : one)));
    else pages.reload();
    setEdited(null);
    toast(words.saved(list.name));
  };
  const remove = async (list) => {
    const isSure = await confirmed({ ...words.deletion(list.name, list.contactCount), isDangerous: true });
    if (!isSure || !(await act("lists/delete", { id: list.id }))) return;
    pages.change((lists) => lists.filter((one) => one.id !== list.id));
    toast(words.deleted(list.name));
  };
  const make = mayChange && html`<${Button} icon="plus" look="primary" onClick=${() => setEdited({})}>${words.make}<//>`;
  const empty = search
    ? html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint(search)} />`
    : html`<${Empty} icon="list" title=${words.empty} text=${words.emptyHint}>${make}<//>`;
  return html`
    <div class="page-head"><h1>${words.title}<small>${pages.page && number(pages.page.totalCount)}</small></h1>${make}</div>
    <div class="tools"><${Search} label=${words.search} value=${search}
      onInput=${(text) => navigate(address("/lists", { search: text }), { isReplacing: true })} /></div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} order=${order} onOrder=${setOrder}
      columns=${columns(mayChange && { edit: setEdited, remove })} />
    ${edited && html`<${ListDialog} list=${edited} onSaved=${onSaved} onClose=${() => setEdited(null)} />`}
  `;
}

const columns = (actions) => [
  { key: "name", label: words.name, sort: "NAME", isMain: true, cell: nameCell },
  { key: "count", label: words.contacts, sort: "CONTACT_COUNT", isNewestFirst: true, isNumber: true, cell: countCell },
  { key: "created", label: words.created, sort: "CREATED_AT", isNewestFirst: true, cell: (list) => html`<${Time} at=${list.createdAt} />` },
  ...(actions ? [{ key: "actions", label: "", isNumber: true, cell: (list) => actionsCell(list, actions) }] : []),
];

const nameCell = (list) => html`
  <span class="two-lines"><a href=${address("/contacts", { list: list.id })}><bdi>${list.name}</bdi></a>
    ${list.description && html`<small>${list.description}</small>`}</span>
`;

const countCell = ({ contactCount }) => html`<span aria-label=${counted(contactCount, "contact")}>${number(contactCount)}</span>`;

const actionsCell = (list, { edit, remove }) => html`
  <span class="row-actions">
    <${Button} icon="edit" look="quiet" label=${words.edit(list.name)} onClick=${() => edit(list)} />
    <${Button} icon="trash" look="quiet" label=${words.remove(list.name)} onClick=${() => remove(list)} />
  </span>
`;
