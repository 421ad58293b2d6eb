// Bars of the numbers of days, drawn as SVG. A screen reader gets a sentence, and everybody can open the numbers as a table.
import { number, shortDay } from "../base/format.js";
import { html } from "../base/html.js";
import { texts } from "../texts.js";

const words = texts.overview;
const HEIGHT = 132;
const TOP = 8;

/** The next round number, which is even or 1 if it is small. */
function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, value)));
  return power * [1, 2, 4, 6, 8, 10].find((one) => one * power >= value);
}

/** `days` are {day, count}, the oldest first. `what` is a function of a count to words. */
export function DayChart({ title, days, what, note }) {
  const total = days.reduce((sum, { count }) => sum + count, 0);
  const most = days.reduce((one, other) => (other.count > one.count ? other : one), days[0]);
  const top = roundedUp(most.count);
  return html`
    <section class="card chart" aria-label=${title}>
      <header class="chart-head"><h2>${title}</h2><p>${what(total)}</p></header>
      ${total === 0
        ? html`<p class="chart-none">${words.noneInTime}</p>`
        : html`<${Bars} days=${days} top=${top} what=${what} label=${words.chartLabel(what(total), shortDay(most.day), number(most.count))} />
            <${AsTable} title=${title} days=${days} />`}
      ${note && html`<p class="chart-note">${note}</p>`}
    </section>
  `;
}

function Bars({ days, top, what, label }) {
  const step = 100 / days.length;
  const heightOf = (count) => (count / top) * (HEIGHT - TOP);
  const marks = top >= 2 ? [top, top / 2] : [top];
  return html`
    <div class="plot" role="img" aria-label=${label}>
      <svg width="100%" height=${HEIGHT + 1} aria-hidden="true">
        ${marks.map((mark) => html`<line key=${mark} class="grid" x1="0" x2="100%" y1=${HEIGHT - heightOf(mark)} y2=${HEIGHT - heightOf(mark)} />`)}
        <line class="axis" x1="0" x2="100%" y1=${HEIGHT} y2=${HEIGHT} />
        ${days.map(({ day, count }, index) => html`
          <g key=${day} class="bar">
            <rect class="hit" x=${`${index * step}%`} width=${`${step}%`} y="0" height=${HEIGHT} />
            <rect class="value" x=${`${(index + 0.14) * step}%`} width=${`${step * 0.72}%`} y=${HEIGHT - heightOf(count)} height=${heightOf(count)} rx="1.5" />
            <title>${`${shortDay(day)}: ${what(count)}`}</title>
          </g>
        `)}
      </svg>
      <div class="marks" aria-hidden="true">${marks.map((mark) => html`<span key=${mark} style=${{ top: `${HEIGHT - heightOf(mark)}px` }}>${number(mark)}</span>`)}</div>
      <div class="ends" aria-hidden="true"><span>${shortDay(days[0].day)}</span><span>${shortDay(days.at(-1).day)}</span></div>
    </div>
  `;
}

const AsTable = ({ title, days }) => html`
  <details class="as-table">
    <summary>${words.asTable}</summary>
    <div class="as-table-box" tabindex="0">
      <table aria-label=${title}>
        <thead><tr><th scope="col">${words.day}</th><th scope="col" class="number">${words.count}</th></tr></thead>
        <tbody>${days.toReversed().map(({ day, count }) => html`<tr key=${day}><td>${shortDay(day)}</td><td class="number">${number(count)}</td></tr>`)}</tbody>
      </table>
    </div>
  </details>
`;
