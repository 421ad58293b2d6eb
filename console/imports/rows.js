// The rows of a file with a problem, in pages: where, what, why, and what was most likely meant.
import { number } from "../base/format.js";
import { request } from "../base/client.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { problem } from "../base/toasts.js";
import { Badge } from "../components/chip.js";
import { Button } from "../components/button.js";
import { Problem } from "../components/empty.js";
import { Table } from "../components/table.js";
import { texts } from "../texts.js";

const words = texts.imports;
const FIRST = 10;
const PAGE = 100;
const COLUMNS = [
  { key: "value", label: words.cell, isMain: true, cell: (row) => html`<${Cell} row=${row} />` },
  { key: "line", label: words.line, cell: (row) => html`<span class="number">${number(row.rowNumber ?? row.line)}</span>` },
  { key: "why", label: words.why, cell: (row) => html`<span class="wraps">${row.message}${row.suggestion && html` ${words.suggestion} <strong>${row.suggestion}</strong>`}</span>` },
  { key: "outcome", label: words.outcome, cell: (row) => row.isRejected
    ? html`<${Badge} tone="danger">${words.rejected}<//>` : html`<${Badge} tone="warning">${words.withoutCell}<//>` },
];

const Cell = ({ row }) => html`<span class="wraps cell"><bdi>${row.value || words.blank}</bdi>${row.column && html` <small>${row.column}</small>`}</span>`;

/** `children` are buttons at the right of the title. */
export function Rows({ id, title, children }) {
  const { data, error, reload, set } = useQuery("imports/rows", { id, first: FIRST });
  const [isLoading, setLoading] = useState(false);
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  const found = data?.job?.rowErrors;
  if (!found?.totalCount && !children) return null;
  const more = async () => {
    setLoading(true);
    try {
      const { job } = await request("imports/rows", { id, first: PAGE, after: found.pageInfo.endCursor });
      set((before) => ({ job: { ...job, rowErrors: { ...job.rowErrors, nodes: [...before.job.rowErrors.nodes, ...job.rowErrors.nodes] } } }));
    } catch (failure) {
      problem(failure);
    }
    setLoading(false);
  };
  return html`
    <section class="card">
      <div class="card-head"><h2>${title}${found && html` <small>${number(found.totalCount)}</small>`}</h2>${children}</div>
      ${found?.nodes.length > 0 && html`<${Table} label=${title} columns=${COLUMNS} rows=${found.nodes} keyOf=${(row) => `${row.line} ${row.column} ${row.code}`} />`}
      ${found?.pageInfo.hasNextPage && html`<div class="more"><${Button} look="quiet" isBusy=${isLoading} onClick=${more}>${texts.more}<//></div>`}
    </section>
  `;
}
