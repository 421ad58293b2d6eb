// The screen of the tags, which exist as long as contacts have them.
import { number } from "../base/format.js";
import { confirmed } from "../base/dialogs.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address, navigate, route } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Listing } from "../components/listing.js";
import { Search } from "../components/search.js";
import { texts } from "../texts.js";
import { removeEverywhere } from "./changes.js";
import { RenameDialog } from "./rename.js";

const words = texts.tags;
const STEP = 100;

export function Screen() {
  const search = route.value.query.get("search") ?? "";
  const query = useQuery("tags/all", { search: useSettled(search, 150) });
  const [shown, setShown] = useState(STEP);
  const [order, setOrder] = useState({ field: "name", isDescending: false });
  const [renamed, setRenamed] = useState(null);
  const tags = query.data && sorted(query.data.tags, order);
  const page = tags && { nodes: tags.slice(0, shown), totalCount: tags.length, hasMore: tags.length > shown };
  const pages = { ...query, page, more: () => setShown(shown + STEP) };
  const remove = async (tag) => {
    if (await confirmed({ ...words.removal(tag.name, tag.contactCount), isDangerous: true })) removeEverywhere(tag.name, query.reload);
  };
  const empty = search
    ? html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint(search)} />`
    : html`<${Empty} icon="tag" title=${words.empty} text=${words.emptyHint}>
        <a class="button primary" href=${address("/contacts")}>${words.goToContacts}</a>
      <//>`;
  return html`
    <div class="page-head"><h1>${words.title}<small>${page && number(page.totalCount)}</small></h1></div>
    <div class="tools"><${Search} label=${words.search} value=${search}
      onInput=${(text) => navigate(address("/tags", { search: text }), { isReplacing: true })} /></div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} keyOf=${(tag) => tag.name} order=${order} onOrder=${setOrder}
      columns=${columns(can.value.bulkByFilter && { rename: setRenamed, remove })} />
    ${renamed && html`<${RenameDialog} tag=${renamed} tags=${query.data.tags} onChanged=${query.reload} onClose=${() => setRenamed(null)} />`}
  `;
}

function sorted(tags, { field, isDescending }) {
  const compare = field === "name" ? (a, b) => a.name.localeCompare(b.name) : (a, b) => a.contactCount - b.contactCount;
  return tags.toSorted((a, b) => compare(a, b) * (isDescending ? -1 : 1));
}

const columns = (actions) => [
  { key: "name", label: words.name, sort: "name", isMain: true, cell: nameCell },
  { key: "count", label: words.contacts, sort: "count", isNewestFirst: true, isNumber: true, cell: ({ contactCount }) => number(contactCount) },
  ...(actions ? [{ key: "actions", label: "", isNumber: true, cell: (tag) => actionsCell(tag, actions) }] : []),
];

const nameCell = ({ name }) => html`
  <a class="with-icon" href=${address("/contacts", { tag: name })}><${Icon} name="tag" size=${15} /><bdi>${name}</bdi></a>
`;

const actionsCell = (tag, { rename, remove }) => html`
  <span class="row-actions">
    <${Button} icon="edit" look="quiet" label=${words.rename(tag.name)} onClick=${() => rename(tag)} />
    <${Button} icon="trash" look="quiet" label=${words.remove(tag.name)} onClick=${() => remove(tag)} />
  </span>
`;
