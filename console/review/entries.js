// The rows of a bucket, with what is known of each, and ticks where rows can be ticked.
import { counted, number, phone } from "../base/format.js";
import { html, useRef } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { More } from "../components/more.js";
import { Table } from "../components/table.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { IMPLIED, TONES } from "./buckets.js";

const words = texts.review;

const find = ({ campaignReview }) => campaignReview?.entries;

export function Entries({ id, bucket, count, ticks }) {
  const { page, error, reload, more, isLoadingMore } = usePages("review/entries", { id, buckets: [bucket] }, { find, isSkipped: count === 0 });
  const rows = page?.nodes ?? [];
  const selection = useSelection(rows, bucket, ticks);
  const canTick = can.value.writeCampaigns && ticks.selectable(bucket) > 0;
  if (count === 0) return html`<${Empty} icon="check" title=${words.noneIn} text=${words.about[bucket]} />`;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  return html`
    <${BucketHead} bucket=${bucket} ticks=${ticks} />
    ${page
      ? html`<${Table} label=${words.buckets[bucket]} columns=${columnsOf(bucket, rows)} rows=${rows} selection=${canTick ? selection : undefined} />`
      : html`<${Skeleton} lines=${8} />`}
    ${page?.hasMore && html`<${More} onMore=${more} isLoading=${isLoadingMore} />`}
  `;
}

function BucketHead({ bucket, ticks }) {
  const [ticked, most] = [ticks.count(bucket), ticks.selectable(bucket)];
  const { writeCampaigns, overrideProtection } = can.value;
  return html`
    <div class="bucket-head">
      <p class="grow">${words.about[bucket]}</p>
      ${bucket === "PROTECTED" && overrideProtection && writeCampaigns && html`
        <label class="check">
          <input type="checkbox" checked=${ticks.isOverridden} onChange=${(event) => ticks.override(event.target.checked)} />
          <span>${words.override}</span>
        </label>
      `}
      ${most > 0 && writeCampaigns && html`
        <span class="muted">${words.tickedOf(number(ticked), counted(most, texts.row, texts.rows))}</span>
        ${ticked < most && html`<${Button} class="small" onClick=${() => ticks.set(bucket, true)}>${words.tickAll}<//>`}
        ${ticked > 0 && html`<${Button} class="small" onClick=${() => ticks.set(bucket, false)}>${words.tickNone}<//>`}
      `}
    </div>
  `;
}

/** The selection of `Table`. The box in its head stands for the whole bucket. */
function useSelection(rows, bucket, ticks) {
  const last = useRef(null);
  const [ticked, most] = [ticks.count(bucket), ticks.selectable(bucket)];
  return {
    isSelected: ticks.isTicked,
    isDisabled: (row) => !ticks.isSelectable(row),
    toggle: (row, isRange) => {
      const places = [last.current, row.index].map((index) => rows.findIndex((one) => one.index === index));
      const range = isRange && places[0] >= 0 ? rows.slice(Math.min(...places), Math.max(...places) + 1) : [row];
      last.current = row.index;
      ticks.toggle([row, ...range.filter((one) => one !== row && ticks.isTicked(one) === ticks.isTicked(row))]);
    },
    all: ticked === most ? true : ticked > 0 ? "some" : false,
    toggleAll: () => ticks.set(bucket, ticked < most),
    name: nameOf,
  };
}

export const nameOf = ({ firstName, lastName, contact, phoneNumber }) =>
  contact?.displayName ?? ([firstName, lastName].filter(Boolean).join(" ") || phoneNumber || words.nameless);

const NAME = { key: "name", label: texts.campaigns.contactName, isMain: true, cell: (row) => html`<${Name} row=${row} />` };
const PHONE = { key: "phone", label: texts.campaigns.phone, cell: (row) => html`<span class="phone">${phone(row.phoneNumber)}</span>` };
const TARGET = { key: "for", label: texts.campaigns.assignee, cell: (row) => row.targetUser?.name };
const SEGMENT = { key: "segment", label: texts.campaigns.segment, cell: (row) => row.segmentId };
const FLAGS = { key: "flags", label: words.flagsLabel, cell: (row) => html`<${Flags} row=${row} />` };
const OWN = {
  PROTECTED: { key: "until", label: words.protectedUntil, cell: (row) => html`<${Time} at=${row.protectedUntil} isExact />` },
  ALREADY_MESSAGED_INBOUND: { key: "in", label: words.lastInbound, cell: (row) => html`<${Time} at=${row.lastInboundAt} />` },
  ALREADY_MESSAGED_OUTBOUND: { key: "out", label: words.lastOutbound, cell: (row) => html`<${Time} at=${row.lastOutboundAt} />` },
};
const ROW = { key: "row", label: words.rowInFile, isNumber: true, cell: (row) => number(row.index + 1) };
const TEXT = { key: "phone", label: texts.campaigns.phone, isMain: true, cell: (row) => html`<bdi>${row.phoneNumber || texts.imports.blank}</bdi>` };
const GIVEN_NAME = { key: "name", label: texts.campaigns.contactName, cell: (row) => [row.firstName, row.lastName].filter(Boolean).join(" ") };
const WHY = { key: "why", label: texts.imports.why, cell: (row) => html`<span class="wraps">${row.error?.message}</span>` };
const SAME_AS = { key: "of", label: words.sameAs, isNumber: true, cell: (row) => number(row.duplicateOfIndex + 1) };

/** Columns that are blank in all rows are left out. */
function columnsOf(bucket, rows) {
  if (bucket === "INVALID") return [TEXT, ROW, GIVEN_NAME, WHY];
  if (bucket === "DUPLICATE") return [NAME, PHONE, ROW, SAME_AS];
  const [hasTargets, hasSegments] = [rows.some((row) => row.targetUser), rows.some((row) => row.segmentId)];
  return [NAME, PHONE, OWN[bucket], FLAGS, hasTargets && TARGET, hasSegments && SEGMENT].filter(Boolean);
}

const Name = ({ row }) => row.contact
  ? html`<a href=${address(`/contacts/${row.contact.id}`)}><bdi>${nameOf(row)}</bdi></a>` : html`<bdi>${nameOf(row)}</bdi>`;

function Flags({ row }) {
  const shown = row.flags.filter((flag) => !IMPLIED[row.bucket]?.includes(flag));
  if (!shown.length) return null;
  return html`
    <span class="chips">${shown.map((flag) => html`<${Badge} key=${flag} tone=${TONES[flag]}>${words.flags[flag]}<//>`)}</span>
  `;
}
