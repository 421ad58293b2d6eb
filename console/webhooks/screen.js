// The screen of one webhook endpoint: its settings, and its deliveries of the last days.
import { counted } from "../base/format.js";
import { confirmed } from "../base/dialogs.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate } from "../base/router.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Chip } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Menu } from "../components/popover.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { Deliveries } from "./deliveries.js";
import { EndpointDialog } from "./dialog.js";
import { State } from "./list.js";
import { RotateDialog } from "./rotate.js";

const words = texts.webhooks;
const STATUSES = { all: null, DELIVERED: ["DELIVERED"], PENDING: ["PENDING"], FAILED: ["FAILED"] };
const find = ({ webhookEndpoint }) => webhookEndpoint?.page;

export function Screen({ id }) {
  const [status, setStatus] = useState("all");
  const pages = usePages("webhooks/one", { id, statuses: STATUSES[status], readsUsers: Boolean(can.value.readContacts) }, { find });
  const endpoint = pages.data?.webhookEndpoint;
  if (pages.error) return html`<${Problem} error=${pages.error} onRetry=${pages.reload} />`;
  if (!pages.data) return html`<div class="card"><${Skeleton} lines=${6} /></div>`;
  if (!endpoint) return html`<${Empty} icon="mail" title=${words.gone}><a class="button" href=${address("/settings/webhooks")}>${words.title}</a><//>`;
  return html`
    <p class="back"><a href=${address("/settings/webhooks")}><${Icon} name="left" size=${16} />${words.title}</a></p>
    <${Head} endpoint=${endpoint} reload=${pages.reload} />
    <div class="stack">
      <${Summary} endpoint=${endpoint} reload=${pages.reload} />
      <${Deliveries} endpoint=${endpoint} pages=${pages} statuses=${Object.keys(STATUSES)} status=${status} onStatus=${setStatus} />
    </div>
  `;
}

function Head({ endpoint, reload }) {
  const { id, url, isActive } = endpoint;
  const [open, setOpen] = useState(null);
  const close = () => setOpen(null);
  const test = async () => {
    if (!(await act("webhooks/test", { id }))) return;
    toast(words.tested);
    reload();
  };
  const setActive = async (isOn) => {
    if (!isOn && !(await confirmed({ ...words.switchingOff, isDangerous: true }))) return;
    if (!(await act("webhooks/update", { id, isActive: isOn }))) return;
    toast(isOn ? words.switchedOn : words.switchedOff);
    reload();
  };
  const remove = async () => {
    if (!(await confirmed({ ...words.deletion(url), isDangerous: true })) || !(await act("webhooks/delete", { id }))) return;
    toast(words.deleted);
    navigate(address("/settings/webhooks"));
  };
  const onSaved = () => {
    close();
    toast(words.saved);
    reload();
  };
  const items = [
    { text: words.rotate, icon: "shield", onChoose: () => setOpen("rotate") },
    { text: isActive ? words.switchOff : words.switchOn, icon: isActive ? "stop" : "check", onChoose: () => setActive(!isActive) },
    { text: words.delete, icon: "trash", isDangerous: true, onChoose: remove },
  ];
  return html`
    <div class="page-head">
      <h1 class="url"><bdi>${url}</bdi></h1>
      <div class="actions">
        ${isActive && html`<${Button} icon="message" look="primary" onClick=${test}>${words.test}<//>`}
        <${Button} icon="edit" onClick=${() => setOpen("edit")}>${words.edit}<//>
        <${Menu} icon="more" label=${words.moreActions} align="end" items=${items} />
      </div>
    </div>
    ${open === "edit" && html`<${EndpointDialog} endpoint=${endpoint} onSaved=${onSaved} onClose=${close} />`}
    ${open === "rotate" && html`<${RotateDialog} id=${id} onRotated=${reload} onClose=${close} />`}
  `;
}

function Summary({ endpoint, reload }) {
  const { id, failingSince, isActive, disabledReason, disabledAt } = endpoint;
  const redeliver = async () => {
    const payload = await act("webhooks/redeliver", { endpointId: id, failedSince: failingSince });
    if (!payload) return;
    toast(words.redelivered(payload.count));
    reload();
  };
  const facts = [
    [words.description, endpoint.description],
    [words.order, endpoint.isOrdered && words.orderedShort],
    [words.payload, endpoint.selection && html`<code class="wrapped">${endpoint.selection}</code>`],
    [words.former, endpoint.formerSecretExpiresAt && html`<${Time} at=${endpoint.formerSecretExpiresAt} isExact />`],
    [words.createdBy, endpoint.createdBy?.name],
    [words.created, html`<${Time} at=${endpoint.createdAt} />`],
  ].filter(([, value]) => value);
  return html`
    <section class="card job-summary" aria-label=${words.settings}>
      <div class="actions"><${State} endpoint=${endpoint} />
        ${!isActive && html`<span class="muted">${words.reasons[disabledReason]} <${Time} at=${disabledAt} /></span>`}</div>
      ${isActive && failingSince && html`
        <div class="note actions"><span class="grow">${words.failingHint} <${Time} at=${failingSince} isExact /></span>
          <${Button} icon="undo" onClick=${redeliver}>${words.redeliverAll}<//></div>`}
      <div class="chips" aria-label=${counted(endpoint.eventTypes.length, words.event, words.eventsMany)}>
        ${endpoint.eventTypes.map((one) => html`<${Chip} key=${one}>${words.eventNames[one]}<//>`)}</div>
      <dl class="facts-line">${facts.map(([label, value]) => html`<div key=${label}><dt>${label}</dt><dd>${value}</dd></div>`)}</dl>
    </section>
  `;
}
