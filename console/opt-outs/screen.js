// The screen of the opt-out register, and of the consent of one number.
import { number, phone } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate, route } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { Search } from "../components/search.js";
import { Tabs } from "../components/tabs.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { AddDialog } from "./add.js";
import { NumberCard } from "./number.js";
import { State } from "./state.js";

const words = texts.optOuts;
const STATES = { out: true, in: false, all: null };
const numberAddress = (text) => address("/opt-outs", { number: text });

export function Screen() {
  const text = route.value.query.get("number") ?? "";
  const settled = useSettled(text, 250).trim();
  const [isAdding, setAdding] = useState(false);
  const [changes, setChanges] = useState(0);
  const add = can.value.writeContacts && html`<${Button} icon="plus" look="primary" onClick=${() => setAdding(true)}>${words.add}<//>`;
  const onAdded = () => {
    setAdding(false);
    setChanges(changes + 1);
  };
  return html`
    <div class="page-head"><h1>${words.title}</h1>${add}</div>
    <p class="lead">${words.hint}</p>
    <div class="tools"><${Search} label=${words.search} value=${text} inputmode="tel"
      onInput=${(value) => navigate(numberAddress(value), { isReplacing: true })} /></div>
    ${text.trim() && settled
      ? html`<${NumberCard} key=${settled} text=${settled} addressOf=${numberAddress} />`
      : html`<${Register} key=${changes} add=${add} />`}
    ${isAdding && html`<${AddDialog} onClose=${onAdded} />`}
  `;
}

function Register({ add }) {
  const [state, setState] = useState("out");
  const pages = usePages("opt-outs/page", { isOptedOut: STATES[state] });
  const tabs = Object.keys(STATES).map((key) => ({ key, label: words.states[key], count: key === state && pages.page ? number(pages.page.totalCount) : undefined }));
  const empty = html`<${Empty} icon="stop" title=${words.empty[state]} text=${words.emptyHint[state]}>${state !== "in" && add}<//>`;
  return html`
    <${Tabs} label=${words.title} tabs=${tabs} chosen=${state} onChoose=${setState}>
      <${Listing} label=${words.title} pages=${pages} empty=${empty} columns=${columns(state)} />
    <//>
  `;
}

const columns = (state) => [
  { key: "phone", label: words.number, isMain: true, cell: (row) => html`<a class="phone" href=${numberAddress(row.phone)}>${phone(row.phone)}</a>` },
  ...(state === "all" ? [{ key: "state", label: words.state, cell: (row) => html`<${State} isOptedOut=${row.isOptedOut} />` }] : []),
  { key: "when", label: words.when, cell: (row) => html`<${Time} at=${row.changedAt} />` },
  { key: "source", label: words.how, cell: (row) => words.sources[row.source] },
  { key: "who", label: words.who, cell: (row) => row.changedBy?.name },
  { key: "reason", label: words.reason, cell: (row) => row.reason && html`<span class="clipped" title=${row.reason}>${row.reason}</span>` },
];
