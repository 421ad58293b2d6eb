// The deliveries of an endpoint, and one of them with what was sent and answered.
import { number } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html, useEffect, useState } from "../base/html.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Dialog } from "../components/dialog.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { Tabs } from "../components/tabs.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";

const words = texts.webhooks;
const TONES = { DELIVERED: "good", PENDING: "warning", FAILED: "danger" };
const LOOK_MS = 1500;
const KEPT_MS = 7 * 86_400_000;

export function Deliveries({ endpoint, pages, statuses, status, onStatus }) {
  const [shown, setShown] = useState(null);
  const isUnsent = pages.page.nodes.some((one) => one.status === "PENDING" && one.attemptCount === 0);
  useEffect(() => {
    if (!isUnsent) return undefined;
    const timer = setInterval(pages.reload, LOOK_MS);
    return () => clearInterval(timer);
  }, [isUnsent, pages.reload]);
  const tabs = statuses.map((key) => ({ key, label: words.statuses[key], count: key === status ? number(pages.page.totalCount) : undefined }));
  const empty = html`<${Empty} icon="mail" title=${words.noDeliveries[status === "all" ? "all" : "some"]} text=${words.noDeliveriesHint} />`;
  const resend = async (which) => {
    const payload = await act("webhooks/redeliver", { endpointId: endpoint.id, ...which });
    if (!payload) return;
    setShown(null);
    toast(words.redelivered(payload.count));
    pages.reload();
  };
  return html`
    <section aria-label=${words.deliveries}>
      <h2 class="section-title">${words.deliveries}</h2>
      <${Tabs} label=${words.deliveries} tabs=${tabs} chosen=${status} onChoose=${onStatus}>
        ${status === "FAILED" && endpoint.isActive && pages.page.nodes.length > 0 && html`
          <div class="tools"><${Button} icon="undo" onClick=${() => resend({ failedSince: new Date(Date.now() - KEPT_MS).toISOString() })}>${words.redeliverAll}<//></div>`}
        <${Listing} label=${words.deliveries} pages=${pages} empty=${empty} columns=${columns(setShown)} />
      <//>
    </section>
    ${shown && html`<${DeliveryDialog} delivery=${shown} mayResend=${endpoint.isActive} onResend=${() => resend({ eventIds: [shown.eventId] })} onClose=${() => setShown(null)} />`}
  `;
}

const columns = (show) => [
  { key: "event", label: words.eventColumn, isMain: true, cell: (one) => eventCell(one, show) },
  { key: "status", label: words.state, cell: (one) => html`<${Badge} tone=${TONES[one.status]}>${words.statuses[one.status]}<//>` },
  { key: "answer", label: words.answer, cell: answerOf },
  { key: "attempts", label: words.attempts, isNumber: true, cell: (one) => number(one.attemptCount) },
  { key: "when", label: words.when, cell: (one) => html`<${Time} at=${one.createdAt} />` },
  { key: "next", label: words.next, cell: nextCell },
];

const eventCell = (one, show) =>
  html`<button type="button" class="text-button" onClick=${() => show(one)}>${words.eventNames[one.eventType]}</button>`;

const nextCell = ({ nextAttemptAt: next }) => next && (new Date(next) > Date.now() ? html`<${Time} at=${next} />` : words.soon);

const answerOf = ({ responseStatus, durationMs, error }) =>
  responseStatus
    ? `${responseStatus} · ${words.milliseconds(durationMs)}`
    : error && html`<span class="clipped danger-text" title=${error}>${error}</span>`;

function DeliveryDialog({ delivery, mayResend, onResend, onClose }) {
  const { readContacts, readCampaigns, readMessages } = can.value;
  const mayRead = readContacts && readCampaigns && readMessages;
  const { data, error } = useQuery("webhooks/delivery", { id: delivery.id }, { isSkipped: !mayRead });
  const facts = [
    [words.state, html`<${Badge} tone=${TONES[delivery.status]}>${words.statuses[delivery.status]}<//>`],
    [words.answer, answerOf(delivery)],
    [words.attempts, number(delivery.attemptCount)],
    [words.when, html`<${Time} at=${delivery.createdAt} isExact />`],
    [words.eventId, html`<code>${delivery.eventId}</code>`],
  ].filter(([, value]) => value);
  const footer = html`
    ${mayResend && html`<${Button} icon="undo" onClick=${onResend}>${words.redeliver}<//>`}
    <${Button} look="primary" onClick=${onClose}>${texts.close}<//>
  `;
  return html`
    <${Dialog} title=${words.eventNames[delivery.eventType]} onClose=${onClose} footer=${footer} isWide>
      <dl class="facts-line">${facts.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
      ${delivery.error && html`<p class="danger-text">${delivery.error}</p>`}
      ${error && html`<${Problem} error=${error} />`}
      ${mayRead && !data && !error && html`<${Skeleton} />`}
      ${data && html`
        <h3>${words.sent}</h3><pre class="code-box" tabindex="0">${data.node.payload ? JSON.stringify(data.node.payload, null, 2) : words.notSent}</pre>
        ${data.node.responseBody && html`<h3>${words.answered}</h3><pre class="code-box" tabindex="0">${data.node.responseBody}</pre>`}
      `}
    <//>
  `;
}
