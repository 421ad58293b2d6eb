// The operator prefixes: which mobile network has the numbers that begin with some digits.
import { country, number, phone } from "../base/format.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { followed } from "../base/jobs.js";
import { usePages } from "../base/pages.js";
import { act, toast } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Empty } from "../components/empty.js";
import { FormDialog } from "../components/form.js";
import { Listing } from "../components/listing.js";
import { Search } from "../components/search.js";
import { Tabs } from "../components/tabs.js";
import { texts } from "../texts.js";

const words = texts.settings.prefixes;
const VIEWS = { custom: true, builtIn: false };

export function Prefixes() {
  const [search, setSearch] = useState("");
  const [view, setView] = useState("custom");
  const [edited, setEdited] = useState(null);
  const prefix = useSettled(search, 150).replace(/\D/g, "") || null;
  const pages = usePages("settings/prefixes", { isCustom: VIEWS[view], prefix });
  const check = (job) => job && followed(job.id, words.checking);
  const onSaved = ({ job }, values) => {
    setEdited(null);
    setView("custom");
    pages.reload();
    toast(words.saved(values.prefix, values.operator));
    check(job);
  };
  const remove = async (one) => {
    const payload = await act("settings/delete-prefix", { prefix: one.prefix });
    if (!payload) return;
    pages.reload();
    const undo = async () => {
      const input = { prefix: one.prefix, operator: one.operator.name, country: one.operator.country };
      const set = await act("settings/set-prefix", input);
      pages.reload();
      check(set?.job);
    };
    toast(words.removed(one.prefix), { undo });
    check(payload.job);
  };
  const tabs = Object.keys(VIEWS).map((key) => ({ key, label: words.views[key], count: key === view && pages.page ? number(pages.page.totalCount) : undefined }));
  const add = html`<${Button} icon="plus" look="primary" onClick=${() => setEdited({})}>${words.add}<//>`;
  const empty = prefix
    ? html`<${Empty} icon="search" title=${texts.nothingFound} text=${words.nothingHint(prefix)} />`
    : html`<${Empty} icon="phone" title=${words.empty} text=${words.hint}>${add}<//>`;
  return html`
    <div class="tools"><${Search} label=${words.search} value=${search} onInput=${setSearch} inputmode="numeric" />${add}</div>
    <${Tabs} label=${words.title} tabs=${tabs} chosen=${view} onChoose=${setView}>
      <${Listing} label=${words.title} pages=${pages} empty=${empty} keyOf=${(one) => one.prefix} columns=${columns(setEdited, remove)} />
    <//>
    ${edited && html`<${PrefixDialog} prefix=${edited} onSaved=${onSaved} onClose=${() => setEdited(null)} />`}
  `;
}

const columns = (edit, remove) => [
  { key: "prefix", label: words.prefix, isMain: true, cell: (one) => html`<span class="phone">+${one.prefix}</span>` },
  { key: "operator", label: words.operator, cell: (one) => one.operator.name },
  { key: "country", label: words.country, cell: (one) => country(one.operator.country) },
  { key: "actions", label: "", isNumber: true, cell: (one) => html`
    <span class="row-actions">
      <${Button} icon="edit" look="quiet" label=${words.edit(one.prefix)} onClick=${() => edit(one)} />
      ${one.isCustom && html`<${Button} icon="trash" look="quiet" label=${words.remove(one.prefix)} onClick=${() => remove(one)} />`}
    </span>` },
];

function PrefixDialog({ prefix: one, onSaved, onClose }) {
  const initial = { prefix: one.prefix ?? "", operator: one.operator?.name ?? "" };
  const input = ({ prefix, operator }) => ({ prefix: prefix.replace(/\D/g, ""), operator });
  return html`
    <${FormDialog} title=${one.prefix ? words.edit(one.prefix) : words.add} action=${texts.save} onClose=${onClose} initial=${initial}
      document="settings/set-prefix" input=${input} onDone=${onSaved}>
      ${({ field }) => html`
        ${one.prefix && !one.isCustom && html`<p class="note">${words.overrideHint}</p>`}
        ${field("prefix", words.prefix, { autofocus: !one.prefix, readonly: Boolean(one.prefix), inputmode: "numeric", placeholder: "25470", hint: words.prefixHint })}
        ${field("operator", words.operator, { autofocus: Boolean(one.prefix) })}
      `}
    <//>
  `;
}
