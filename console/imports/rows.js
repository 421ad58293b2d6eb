// The rows of a file with a problem, in pages: where, what, why, and what was most likely meant.
import { number } from "../base/format.js";
import { html } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { Badge } from "../components/chip.js";
import { Button } from "../components/button.js";
import { Problem } from "../components/empty.js";
import { Table } from "../components/table.js";
import { texts } from "../texts.js";

const words = texts.imports;
/** A page is short, because more important things stand above. */
const FIRST = 10;
const COLUMNS = [
  { key: "value", label: words.cell, isMain: true, cell: (row) => html`<${Cell} row=${row} />` },
  { key: "line", label: words.line, cell: (row) => html`<span class="number">${number(row.rowNumber ?? row.line)}</span>` },
  { key: "why", label: words.why, cell: (row) => html`<${Reason} row=${row} />` },
  { key: "outcome", label: words.outcome, cell: ({ isRejected }) => html`
    <${Badge} tone=${isRejected ? "danger" : "warning"}>${isRejected ? words.rejected : words.withoutCell}<//>` },
];

const Cell = ({ row }) => html`
  <span class="wraps cell"><bdi>${row.value || words.blank}</bdi>${row.column && html` <small>${row.column}</small>`}</span>
`;

const Reason = ({ row }) => html`
  <span class="wraps">${row.message}${row.suggestion && html` ${words.suggestion} <strong>${row.suggestion}</strong>`}</span>
`;

const find = ({ job }) => job?.rowErrors;
const keyOf = ({ line, column, code }) => `${line} ${column} ${code}`;

export function Rows({ id, title }) {
  const { page, error, reload, more, isLoadingMore } = usePages("imports/rows", { id, first: FIRST }, { find });
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!page?.totalCount) return null;
  return html`
    <section class="card">
      <div class="card-head"><h2>${title} <small>${number(page.totalCount)}</small></h2></div>
      <${Table} label=${title} columns=${COLUMNS} rows=${page.nodes} keyOf=${keyOf} />
      ${page.hasMore && html`<div class="more"><${Button} look="quiet" isBusy=${isLoadingMore} onClick=${more}>${texts.more}<//></div>`}
    </section>
  `;
}
