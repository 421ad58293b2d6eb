// The counts of an import, or of its dry run, as tiles.
import { number } from "../base/format.js";
import { html } from "../base/html.js";
import { texts } from "../texts.js";

const words = texts.imports.tiles;

export function Tiles({ summary, isDryRun = false }) {
  const { total, created, updated, skipped, rejected, invalid, optedOut, addedToList } = summary;
  const shown = [
    ["total", total, ""],
    ["created", created, "good"],
    updated > 0 && ["updated", updated, "good"],
    ["kept", skipped - rejected, ""],
    ["rejected", rejected, rejected ? "danger" : ""],
    invalid > 0 && ["invalid", invalid, "warning"],
    optedOut > 0 && ["optedOut", optedOut, "warning"],
    addedToList > 0 && ["addedToList", addedToList, ""],
  ].filter(Boolean);
  return html`
    <dl class="sums">
      ${shown.map(([name, value, tone]) => html`
        <div key=${name} class=${`sum ${tone}`} title=${words.hints[name]}>
          <dt>${isDryRun ? words.will[name] : words.did[name]}</dt><dd>${number(value)}</dd>
        </div>
      `)}
    </dl>
  `;
}
