// The API tokens: who they act for, what they may do, and how long they work.
import { confirmed } from "../base/dialogs.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { Listing } from "../components/listing.js";
import { SecretDialog } from "../components/secret.js";
import { Time } from "../components/time.js";
import { DayChart } from "../overview/day-chart.js";
import { texts } from "../texts.js";
import { TokenDialog } from "./token-dialog.js";

const words = texts.settings.tokens;
const SHOWN_SCOPES = 2;
const USAGE_DAYS = 30;

/** The state of a token now: revoked, expired or active. */
function stateOf({ revokedAt, expiresAt }) {
  if (revokedAt) return "revoked";
  return expiresAt && new Date(expiresAt) <= Date.now() ? "expired" : "active";
}

export function Tokens() {
  const pages = usePages("settings/tokens", { readsUsers: Boolean(can.value.readContacts) });
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState(null);
  const onMade = ({ secret, token }) => {
    setMaking(false);
    setMade({ secret, name: token.name });
    pages.reload();
  };
  const revoke = async (token) => {
    if (!(await confirmed({ ...words.revocation(token.name), isDangerous: true }))) return;
    if (!(await act("settings/revoke-token", { id: token.id }))) return;
    pages.change((tokens) => tokens.map((one) => (one.id === token.id ? { ...one, revokedAt: new Date().toISOString() } : one)));
    toast(words.revoked(token.name));
  };
  const make = html`<${Button} icon="plus" look="primary" onClick=${() => setMaking(true)}>${words.make}<//>`;
  const empty = html`<${Empty} icon="shield" title=${words.empty} text=${words.hint}>${make}<//>`;
  return html`
    <div class="tools"><p class="grow muted">${words.hint}</p>${make}</div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} columns=${columns(revoke)} />
    <${Requests} />
    ${isMaking && html`<${TokenDialog} onMade=${onMade} onClose=${() => setMaking(false)} />`}
    ${made && html`<${SecretDialog} title=${words.made(made.name)} text=${words.secretHint} label=${words.secret} secret=${made.secret}
      onClose=${() => setMade(null)} />`}
  `;
}

function Requests() {
  const { data } = useQuery("overview/usage", { days: USAGE_DAYS });
  const days = data?.viewer.account.usage?.toReversed().map(({ day, requests }) => ({ day, count: requests })) ?? [];
  return days.length > 0 && html`<div class="below"><${DayChart} title=${words.requests} days=${days} what=${words.requestCount} /></div>`;
}

const columns = (revoke) => [
  { key: "name", label: words.name, isMain: true, cell: nameCell },
  { key: "state", label: words.state, cell: stateCell },
  { key: "scopes", label: words.scopes, cell: scopesCell },
  { key: "used", label: words.used, cell: (token) => (token.lastUsedAt ? html`<${Time} at=${token.lastUsedAt} />` : words.never) },
  { key: "expires", label: words.expires, cell: (token) => (token.expiresAt ? html`<${Time} at=${token.expiresAt} />` : words.never) },
  { key: "actions", label: "", isNumber: true, cell: (token) => stateOf(token) === "active" && html`
    <${Button} look="quiet" aria-label=${words.revoke(token.name)} onClick=${() => revoke(token)}>${words.revokeAction}<//>` },
];

const nameCell = (token) =>
  html`<span class="two-lines"><bdi>${token.name}</bdi><small>${token.user?.name ?? texts.integration}</small></span>`;

function stateCell(token) {
  const state = stateOf(token);
  return html`<${Badge} tone=${state === "active" ? "good" : "neutral"}>${words.states[state]}<//>`;
}

function scopesCell({ scopes }) {
  const names = scopes.map((scope) => words.scopeNames[scope]);
  if (names.length === Object.keys(words.scopeNames).length) return words.allScopes;
  const rest = names.length - SHOWN_SCOPES;
  return html`<span title=${names.join(", ")}>${names.slice(0, SHOWN_SCOPES).join(", ")}${rest > 0 && html` <span class="muted">${words.more(rest)}</span>`}</span>`;
}
