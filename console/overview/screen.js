// The screen that shows what is there: figures, and charts of contacts, opt-outs and messages.
import { country, number, percent } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { texts } from "../texts.js";
import { DayChart } from "./day-chart.js";
import { byDay, useRecent } from "./recent.js";
import { BarChart, PartsChart } from "./share-chart.js";

const words = texts.overview;
const SPANS = [30, 90];
const STATUSES = ["READ", "DELIVERED", "SENT", "ACCEPTED", "QUEUED", "CANCELLED", "DECLINED", "FAILED"];

export function Screen() {
  const { data, error, reload } = useQuery("overview/facets");
  const [days, setDays] = useState(SPANS[0]);
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<div class="card"><${Skeleton} lines=${8} /></div>`;
  const isEmpty = !data.contacts.totalCount && !data.optOuts.totalCount;
  return html`
    <div class="page-head"><h1>${words.title}</h1>
      ${!isEmpty && html`
        <div class="switch" role="group" aria-label=${words.time}>
          ${SPANS.map((one) => html`<button type="button" key=${one} aria-pressed=${one === days} onClick=${() => setDays(one)}>${words.days(one)}</button>`)}
        </div>`}
    </div>
    ${isEmpty
      ? html`<div class="card"><${Empty} icon="overview" title=${words.empty} text=${words.emptyHint}>
          ${can.value.importContacts && html`<a class="button primary" href=${address("/imports")}>${words.importFile}</a>`}<//></div>`
      : html`<${Figures} data=${data} /><${Charts} data=${data} days=${days} />`}
  `;
}

function Figures({ data }) {
  const total = data.contacts.totalCount;
  const invalid = facet(data, "STATUS").values.find(({ value }) => value === "INVALID")?.count ?? 0;
  const share = (count) => (total ? words.ofContacts(count && count < total / 100 ? words.lessThanPercent : percent(count / total)) : "");
  const figures = [
    [words.contacts, total, "", address("/contacts")],
    [words.optedOut, data.optOuts.totalCount, words.numbers, address("/opt-outs")],
    [words.invalid, invalid, share(invalid), address("/contacts", { status: "INVALID" })],
    [words.inTrash, data.trash.totalCount, "", address("/trash")],
  ];
  return html`
    <dl class="tiles">
      ${figures.map(([label, count, note, href]) => html`
        <div class="card tile" key=${label}><dt><a href=${href}>${label}</a></dt><dd>${number(count)}${note && html`<small>${note}</small>`}</dd></div>
      `)}
    </dl>
  `;
}

/** The days of the account are for administrators. The register and the messages tell the rest. */
function Charts({ data, days }) {
  const usage = useQuery("overview/usage", { days }, { isSkipped: !can.value.administer });
  const known = usage.data?.viewer.account.usage?.toReversed() ?? [];
  const ofDays = (name, title, what, note) => known.length > 0 && html`
    <${DayChart} title=${title} days=${known.map((one) => ({ day: one.day, count: one[name] }))} what=${what} note=${note} />`;
  return html`
    ${usage.error && html`<${Problem} error=${usage.error} onRetry=${usage.reload} />`}
    <div class="charts">
      ${ofDays("contacts", words.growth, words.newContacts, words.growthNote)}
      <${OptOuts} days=${days} />
      ${ofDays("messages", words.messagesOverTime, words.messageCount, words.messagesNote)}
      ${can.value.readMessages && html`<${Messages} days=${days} />`}
      <${Shares} data=${data} />
    </div>
  `;
}

function OptOuts({ days }) {
  const optOuts = useRecent("overview/opt-outs", days);
  return html`
    <${Loaded} state=${optOuts}>${(items) => html`
      <${DayChart} title=${words.optOutsOverTime} days=${byDay(items, days)} what=${words.optOutCount}
        note=${optOuts.isCut ? words.cut(items.length) : words.optOutNote} />`}<//>
  `;
}

function Messages({ days }) {
  const messages = useRecent("overview/messages", days);
  return html`
    <${Loaded} state=${messages}>${(items) => {
      const parts = STATUSES.map((key) => ({ key, label: words.statuses[key], count: items.filter(({ status }) => status === key).length }));
      return html`<${PartsChart} title=${words.messagesByStatus} parts=${parts.filter(({ count }) => count)} what=${words.messageCount}
        note=${messages.isCut ? words.cutMessages(items.length) : undefined} />`;
    }}<//>
  `;
}

function Shares({ data }) {
  const total = data.contacts.totalCount;
  const rowsOf = (field, label, href) => {
    const { values, otherCount, missingCount } = facet(data, field);
    const rest = [[words.others, otherCount], [words.unknown, missingCount]].filter(([, count]) => count);
    return [
      ...values.map((one) => ({ label: label(one), count: one.count, href: href(one.value) })),
      ...rest.map(([name, count]) => ({ label: name, count })),
    ];
  };
  const countries = rowsOf("COUNTRY", ({ value }) => country(value), (value) => address("/contacts", { country: value }));
  const operators = rowsOf("OPERATOR", ({ label }) => label, (value) => address("/contacts", { operator: value }));
  return html`
    <${BarChart} title=${words.byCountry} total=${total} rows=${countries} />
    <${BarChart} title=${words.byOperator} total=${total} note=${words.operatorNote} rows=${operators} />
  `;
}

function Loaded({ state, children }) {
  if (state.error) return html`<${Problem} error=${state.error} />`;
  return state.items ? children(state.items) : html`<div class="card chart"><${Skeleton} lines=${4} /></div>`;
}

const facet = (data, field) => data.contactFacets.find((one) => one.field === field);
