// The screen of all contacts: search and chips, the table, and what can be done with a selection.
import { number } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useMemo, useState } from "../base/html.js";
import { address, navigate, route } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { More } from "../components/more.js";
import { Table } from "../components/table.js";
import { texts } from "../texts.js";
import { ActionBar } from "./action-bar.js";
import { shownColumns } from "./columns.js";
import { ExportDialog } from "./export-dialog.js";
import { FilterBar } from "./filter-bar.js";
import { conditionsOf, filterOf, hasConditions, parametersOf } from "./filter.js";
import { remember } from "./last-table.js";
import { NewContact } from "./new-contact.js";
import { useContacts } from "./use-contacts.js";
import { useSelection } from "./use-selection.js";

const words = texts.contacts;
const PATH = "/contacts";
const TYPING_MS = 150;

export function Screen() {
  const { query } = route.value;
  remember(location.search);
  const conditions = useMemo(() => conditionsOf(query), [query]);
  const settled = useSettled(conditions.search, TYPING_MS);
  const filter = filterOf({ ...conditions, search: settled });
  const order = orderOf(query.get("sort"));
  const contacts = useContacts(filter, order && [{ field: order.field, direction: order.isDescending ? "DESC" : "ASC" }]);
  const rows = contacts.rows ?? [];
  const selection = useSelection(rows, filter, contacts.total, (row) => row.displayName);
  const [dialog, setDialog] = useState(null);
  const show = (change, options) => {
    const sort = change.sort ?? query.get("sort");
    navigate(address(PATH, { ...parametersOf({ ...conditions, ...change }), sort }), options);
  };
  const onOrder = ({ field, isDescending }) => show({ sort: (isDescending ? "-" : "") + field });
  return html`
    <div class="page-head">
      <h1>${words.title}${contacts.total !== null && html`<small aria-live="polite">${number(contacts.total)}</small>`}</h1>
      <div class="actions">
        ${can.value.exportContacts && contacts.total > 0 && html`<${Button} icon="export" onClick=${() => setDialog("export")}>${words.actions.export}<//>`}
        ${can.value.writeContacts && html`<${Button} icon="plus" look="primary" onClick=${() => setDialog("new")}>${words.create.title}<//>`}
      </div>
    </div>
    <${FilterBar} conditions=${conditions} onChange=${show} onClear=${() => navigate(address(PATH))}
      onSearch=${(search) => show({ search }, { isReplacing: true })} />
    ${contacts.error && html`<${Problem} error=${contacts.error} onRetry=${() => contacts.reload()} />`}
    ${contacts.isOutdated && html`<p class="banner">${words.outdated} <${Button} look="quiet" class="link" onClick=${() => contacts.reload()}>${words.reload}<//></p>`}
    <div class=${`card ${contacts.isLoading && contacts.rows ? "stale" : ""}`}>
      <${Content} contacts=${contacts} selection=${selection} order=${order} onOrder=${onOrder} isFiltered=${hasConditions(conditions)}
        onNew=${() => setDialog("new")} />
    </div>
    ${selection.count > 0 && html`<${ActionBar} selection=${selection} total=${contacts.total} onDone=${() => contacts.reload()} />`}
    ${dialog === "new" && html`<${NewContact} onClose=${() => setDialog(null)} />`}
    ${dialog === "export" && html`<${ExportDialog} selection=${{ filter, count: contacts.total }} onClose=${() => setDialog(null)} />`}
  `;
}

function Content({ contacts, selection, order, onOrder, isFiltered, onNew }) {
  const { rows } = contacts;
  if (!rows) return contacts.error ? null : html`<${Skeleton} lines=${10} />`;
  if (!rows.length && isFiltered) return html`<${Empty} icon="search" title=${words.noMatch} text=${words.noMatchText} />`;
  if (!rows.length)
    return html`
      <${Empty} icon="contacts" title=${words.none} text=${words.noneText}>
        ${can.value.writeContacts && html`<${Button} icon="plus" look="primary" onClick=${onNew}>${words.create.title}<//>`}
        ${can.value.importContacts && html`<a class="button" href=${address("/imports")}>${words.importFile}</a>`}
      <//>
    `;
  return html`
    <${Table} label=${words.title} columns=${shownColumns()} rows=${rows} order=${order} onOrder=${onOrder} isBusy=${contacts.isLoading}
      selection=${can.value.writeContacts || can.value.exportContacts ? selection : null} />
    ${contacts.hasMore && !contacts.error && html`<${More} onMore=${contacts.more} isLoading=${contacts.isLoading} />`}
  `;
}

/** Reads an order of the address: NAME, or -NAME for descending. Null means the newest first. */
function orderOf(text) {
  return text && /^-?[A-Z_]+$/.test(text) ? { field: text.replace("-", ""), isDescending: text.startsWith("-") } : null;
}
