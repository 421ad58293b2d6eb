// A card with a table of a list that loads page after page, or what stands in its place.
import { html } from "../base/html.js";
import { Problem, Skeleton } from "./empty.js";
import { More } from "./more.js";
import { Table } from "./table.js";

/** `pages` comes from usePages, and `empty` is shown without items. The other properties are those of the table. */
export function Listing({ pages, empty, rows = pages.page?.nodes, ...table }) {
  const { page, error, reload, isLoading, isLoadingMore, more } = pages;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!page) return html`<div class="card"><${Skeleton} lines=${6} /></div>`;
  if (!rows.length) return html`<div class="card">${empty}</div>`;
  return html`
    <div class="card">
      <${Table} ...${table} rows=${rows} isBusy=${isLoading} />
      ${page.hasMore && html`<${More} onMore=${more} isLoading=${isLoadingMore} />`}
    </div>
  `;
}
