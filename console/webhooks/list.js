// The webhook endpoints of the account, a section of the settings.
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address, navigate } from "../base/router.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { SecretDialog } from "../components/secret.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { EndpointDialog } from "./dialog.js";

const words = texts.webhooks;

export function Webhooks() {
  const pages = usePages("webhooks/page");
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState(null);
  const onMade = ({ webhookEndpoint, secret }) => {
    setMaking(false);
    setMade({ id: webhookEndpoint.id, secret });
  };
  const make = html`<${Button} icon="plus" look="primary" onClick=${() => setMaking(true)}>${words.make}<//>`;
  const empty = html`<${Empty} icon="mail" title=${words.empty} text=${words.hint}>${make}<//>`;
  return html`
    <div class="tools"><p class="grow muted">${words.hint}</p>${make}</div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} columns=${COLUMNS} />
    ${isMaking && html`<${EndpointDialog} endpoint=${{}} onSaved=${onMade} onClose=${() => setMaking(false)} />`}
    ${made && html`<${SecretDialog} title=${words.made} text=${words.secretHint} label=${words.secret} secret=${made.secret}
      onClose=${() => navigate(address(`/settings/webhooks/${made.id}`))} />`}
  `;
}

export function State({ endpoint }) {
  if (!endpoint.isActive) return html`<${Badge}>${words.off}<//>`;
  if (endpoint.failingSince) return html`<${Badge} tone="danger" icon="warning">${words.failing}<//>`;
  return html`<${Badge} tone="good">${words.on}<//>`;
}

const urlCell = (one) => html`
  <span class="two-lines"><a href=${address(`/settings/webhooks/${one.id}`)}><bdi class="url">${one.url}</bdi></a>
    ${one.description && html`<small>${one.description}</small>`}</span>
`;

const eventsCell = ({ eventTypes }) => {
  const names = eventTypes.map((one) => words.eventNames[one]).join(", ");
  return html`<span title=${names}>${counted(eventTypes.length, words.event, words.eventsMany)}</span>`;
};

const COLUMNS = [
  { key: "url", label: words.url, isMain: true, cell: urlCell },
  { key: "state", label: words.state, cell: (one) => html`<${State} endpoint=${one} />` },
  { key: "events", label: words.events, cell: eventsCell },
  { key: "created", label: words.created, cell: (one) => html`<${Time} at=${one.createdAt} />` },
];
