// The outcome of each pasted number, and what can be done about those that are none.
import { number, phone } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { problem } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { More } from "../components/more.js";
import { Tabs } from "../components/tabs.js";
import { texts } from "../texts.js";

const words = texts.optOuts;
const TONES = { UPDATED: "good", SKIPPED: "neutral", FAILED: "danger" };
const STEP = 100;

export function Outcomes({ rows, onAccept, onMend, onClose }) {
  const counts = Object.fromEntries(Object.keys(TONES).map((one) => [one, rows.filter((row) => row.outcome === one).length]));
  const [chosen, setChosen] = useState(counts.FAILED ? "FAILED" : "ALL");
  const [limit, setLimit] = useState(STEP);
  const shown = chosen === "ALL" ? rows : rows.filter((row) => row.outcome === chosen);
  const tabs = ["ALL", ...Object.keys(TONES).filter((one) => counts[one])].map((key) => ({
    key, label: words.outcomes[key], count: number(counts[key] ?? rows.length),
  }));
  const footer = html`
    ${counts.FAILED > 0 && html`<${Button} icon="edit" onClick=${onMend}>${words.mend(counts.FAILED)}<//>`}
    <${Button} look="primary" onClick=${onClose}>${words.done}<//>
  `;
  return html`
    <${Dialog} title=${words.outcomeTitle(counts.UPDATED)} onClose=${onClose} footer=${footer} isWide>
      <${Tabs} label=${words.outcome} tabs=${tabs} chosen=${chosen} onChoose=${setChosen}>
        <ul class="rows">${shown.slice(0, limit).map((row, index) => html`<${Row} key=${`${index} ${row.text}`} row=${row} onAccept=${onAccept} />`)}</ul>
        ${shown.length > limit && html`<${More} onMore=${() => setLimit(limit + STEP)} />`}
      <//>
    <//>
  `;
}

function Row({ row, onAccept }) {
  const [isBusy, setBusy] = useState(false);
  const accept = async () => {
    setBusy(true);
    await onAccept(row).catch(problem);
    setBusy(false);
  };
  return html`
    <li>
      <div class="grow"><span class="phone">${row.phone ? phone(row.phone) : row.text}</span>
        ${row.message && html`<p class="muted">${row.message}</p>`}</div>
      ${row.suggestion && html`<${Button} isBusy=${isBusy} onClick=${accept}>${words.accept(phone(row.suggestion))}<//>`}
      <${Badge} tone=${TONES[row.outcome]}>${words.outcomes[row.outcome]}<//>
    </li>
  `;
}
