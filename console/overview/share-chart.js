// Charts of shares: horizontal bars of the values of a facet, and one bar of parts. Their rows are text, so all can read them.
import { number, percent } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { texts } from "../texts.js";

const words = texts.overview;
const SHOWN = 8;

const shareOf = (count, total) => (count / total < 0.01 ? words.lessThanPercent : percent(count / total));

/** `rows` are {label, count, href}, the largest first, and `total` is the number that shares refer to. */
export function BarChart({ title, rows, total, note }) {
  const [isOpen, setOpen] = useState(false);
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const shown = isOpen ? rows : rows.slice(0, SHOWN);
  return html`
    <section class="card chart" aria-label=${title}>
      <header class="chart-head"><h2>${title}</h2></header>
      ${rows.length === 0 && html`<p class="chart-none">${words.none}</p>`}
      <ul class="bar-rows">
        ${shown.map(({ label, count, href }) => html`
          <li key=${label}>
            <span class="bar-label">${href ? html`<a href=${href}><bdi>${label}</bdi></a>` : html`<bdi>${label}</bdi>`}</span>
            <svg width="100%" height="10" aria-hidden="true"><rect class="track" width="100%" height="10" rx="5" />
              <rect class="value" width=${`${(count / most) * 100}%`} height="10" rx="5" /></svg>
            <span class="number">${number(count)}</span><span class="number muted">${shareOf(count, total)}</span>
          </li>
        `)}
      </ul>
      ${rows.length > SHOWN && html`<${Button} look="quiet" class="small" onClick=${() => setOpen(!isOpen)}>${isOpen ? words.fewer : words.all(rows.length)}<//>`}
      ${note && html`<p class="chart-note">${note}</p>`}
    </section>
  `;
}

/** One bar of parts, each with its tone: `parts` are {key, label, count}, in the order of the bar. */
export function PartsChart({ title, parts, note, what }) {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  let start = 0;
  const drawn = parts.map((part) => {
    const width = (part.count / total) * 100;
    start += width;
    return { ...part, x: start - width, width };
  });
  return html`
    <section class="card chart" aria-label=${title}>
      <header class="chart-head"><h2>${title}</h2>${total > 0 && html`<p>${what(total)}</p>`}</header>
      ${total === 0
        ? html`<p class="chart-none">${words.noneInTime}</p>`
        : html`
          <svg class="parts" width="100%" height="18" aria-hidden="true">
            ${drawn.map(({ key, x, width }) => html`
              <rect key=${key} class=${`part-${key}`} style=${{ x: `${x}%`, width: `max(2px, ${width}% - 2px)` }} height="18" rx="3" />
            `)}
          </svg>
          <ul class="legend">
            ${parts.map(({ key, label, count }) => html`
              <li key=${key}><svg width="10" height="10" aria-hidden="true"><rect class=${`part-${key}`} width="10" height="10" rx="3" /></svg>
                <span class="grow">${label}</span><span class="number">${number(count)}</span><span class="number muted">${shareOf(count, total)}</span></li>
            `)}
          </ul>
        `}
      ${note && html`<p class="chart-note">${note}</p>`}
    </section>
  `;
}
