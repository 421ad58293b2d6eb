// The consent of one number: its state, what changed it, and the change by hand.
import { country, phone } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { FormDialog } from "../components/form.js";
import { Icon } from "../components/icon.js";
import { More } from "../components/more.js";
import { Person } from "../components/person.js";
import { Time } from "../components/time.js";
import { jobAddress } from "../jobs/parts.js";
import { texts } from "../texts.js";
import { State } from "./state.js";

const words = texts.optOuts;
const events = ({ optOut }) => optOut?.page;

/** `text` is what the user typed, and `addressOf` makes the address of another number. */
export function NumberCard({ text, addressOf }) {
  const pages = usePages("opt-outs/number", { text, phone: text }, { find: events });
  const [isChanging, setChanging] = useState(false);
  const { data, error, page, reload } = pages;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<div class="card"><${Skeleton} lines=${4} /></div>`;
  const { phoneLookup: number, optOut } = data;
  if (!optOut || !page) return html`<${NoNumber} error=${number.error} addressOf=${addressOf} />`;
  const facts = [number.operator?.name, country(number.country), words.types[number.type]].filter(Boolean);
  return html`
    <section class="card" aria-label=${phone(number.phone)}>
      <div class="number-head">
        <div class="grow"><h2 class="phone">${phone(number.phone)}</h2><p class="muted">${facts.join(" · ")}</p></div>
        <${State} isOptedOut=${optOut.isOptedOut} />
        ${can.value.writeContacts && html`<${Button} onClick=${() => setChanging(true)}>${optOut.isOptedOut ? words.optIn : words.optOut}<//>`}
      </div>
      <div class="card-body stack">
        <p class="number-facts"><span class="label">${words.contact}</span>
          ${number.contact
            ? html`<a href=${address(`/contacts/${number.contact.id}`)}><${Person} name=${number.contact.displayName} size=${24} /></a>`
            : html`<span class="muted">${words.noContact}</span>`}</p>
        <h3>${words.history}</h3>
        ${page.nodes.length
          ? html`<ol class="consent-history">${page.nodes.map((one) => html`<${Event} key=${one.id} event=${one} />`)}</ol>`
          : html`<p class="muted">${words.noHistory}</p>`}
        ${page.hasMore && html`<${More} onMore=${pages.more} isLoading=${pages.isLoadingMore} />`}
      </div>
      ${isChanging && html`<${Change} phone=${number.phone} isOptedOut=${optOut.isOptedOut} onClose=${() => setChanging(false)} onChanged=${reload} />`}
    </section>
  `;
}

const Event = ({ event }) => html`
  <li class=${event.isOptedOut ? "out" : "in"}>
    <p><strong>${event.isOptedOut ? words.optedOut : words.optedIn}</strong> <${Time} at=${event.occurredAt} isExact /></p>
    <p class="muted">${words.sources[event.source]}${event.user && html` · ${event.user.name}`}
      ${event.job && html` · <a href=${jobAddress(event.job)}>${event.job.fileName ?? words.job}</a>`}</p>
    ${event.reason && html`<p class="quote">${event.reason}</p>`}
  </li>
`;

const NoNumber = ({ error, addressOf }) => html`
  <div class="card">
    <${Empty} icon="phone" title=${words.noNumber} text=${error?.message}>
      ${error?.suggestion && html`<a class="button" href=${addressOf(error.suggestion)}>${words.suggested(phone(error.suggestion))}</a>`}
    <//>
  </div>
`;

function Change({ phone: number, isOptedOut, onClose, onChanged }) {
  const [there, back] = isOptedOut ? ["opt-outs/opt-in", "opt-outs/opt-out"] : ["opt-outs/opt-out", "opt-outs/opt-in"];
  const undo = async () => {
    if (await act(back, { phone: number, reason: words.undoReason })) onChanged();
  };
  const onDone = () => {
    onClose();
    onChanged();
    toast((isOptedOut ? words.didOptIn : words.didOptOut)(phone(number)), { undo });
  };
  return html`
    <${FormDialog} title=${(isOptedOut ? words.optInTitle : words.optOutTitle)(phone(number))} action=${isOptedOut ? words.optIn : words.optOut}
      initial=${{ reason: "" }} document=${there} input=${({ reason }) => ({ phone: number, reason: reason.trim() || null })}
      onDone=${onDone} onClose=${onClose}>
      ${({ field }) => html`
        ${isOptedOut && html`<p class="note"><${Icon} name="warning" size=${16} /> ${words.optInWarning}</p>`}
        ${field("reason", words.reason, { isLong: true, hint: isOptedOut ? words.optInReasonHint : words.optOutReasonHint, autofocus: true })}
      `}
    <//>
  `;
}
