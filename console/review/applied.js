// What came of an applied review: how many rows were added, and which ones were not and why.
import { counted, number, phone } from "../base/format.js";
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Icon } from "../components/icon.js";
import { Table } from "../components/table.js";
import { texts } from "../texts.js";
import { nameOf } from "./entries.js";

const words = texts.review;
const CHANGED = [
  { key: "name", label: texts.campaigns.contactName, isMain: true, cell: (row) => html`<bdi>${nameOf(row)}</bdi>` },
  { key: "phone", label: texts.campaigns.phone, cell: (row) => html`<span class="phone">${phone(row.phoneNumber)}</span>` },
  { key: "now", label: words.isNow, cell: (row) => html`<${Badge} tone="warning">${words.buckets[row.bucket]}<//>` },
];
const FAILED = [
  { key: "phone", label: texts.campaigns.phone, isMain: true, cell: (row) => html`<span class="phone">${phone(row.phone)}</span>` },
  { key: "row", label: words.rowInFile, isNumber: true, cell: (row) => number(row.index + 1) },
  { key: "why", label: texts.imports.why, cell: (row) => html`<span class="wraps">${row.error?.message}</span>` },
];

export function Applied({ result, campaign, onBack }) {
  const { summary, changed, results } = result;
  const tiles = [
    ["created", summary.created, "good"],
    ["skippedDuplicate", summary.skippedDuplicate, ""],
    ["changed", changed.length, changed.length ? "warning" : ""],
    ["failed", summary.failed, summary.failed ? "danger" : ""],
  ];
  return html`
    <div class="stack">
      <section class="card headline good">
        <span class="headline-icon"><${Icon} name="check" size=${22} /></span>
        <div class="grow"><h2>${words.added(counted(summary.created, texts.campaigns.contact), campaign.name)}</h2></div>
        <div class="actions"><${Button} onClick=${onBack}>${words.back}<//>
          <a class="button primary" href=${address(`/campaigns/${campaign.id}`)}>${words.toCampaign}</a></div>
      </section>
      <dl class="sums">
        ${tiles.map(([name, value, tone]) => html`
          <div key=${name} class=${`sum ${tone}`}><dt>${words.tiles[name]}</dt><dd>${number(value)}</dd></div>
        `)}
      </dl>
      ${changed.length > 0 && html`
        <section class="card"><div class="card-head"><h2>${words.changedTitle}</h2></div><p class="card-note">${words.changedHint}</p>
          <${Table} label=${words.changedTitle} columns=${CHANGED} rows=${changed} /></section>
      `}
      ${results.length > 0 && html`
        <section class="card"><div class="card-head"><h2>${words.failedTitle}</h2></div>
          <${Table} label=${words.failedTitle} columns=${FAILED} rows=${results} keyOf=${(row) => row.index} /></section>
      `}
    </div>
  `;
}
