// What became of a contact: its history, messages, campaigns, and the consent of its number.
import { phone } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Tabs } from "../components/tabs.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";

const words = texts.contact.activity;
const ICONS = {
  CREATE: "plus", IMPORT: "import", UPDATE: "edit", TAG: "tag", ASSIGN: "person", VERIFY: "shield", TRASH: "trash", RESTORE: "undo",
  ADD_TO_LIST: "list", REMOVE_FROM_LIST: "list", ADD_TO_CAMPAIGN: "campaigns", REMOVE_FROM_CAMPAIGN: "campaigns", APPLY_REVIEW: "campaigns",
  OPT_OUT: "stop", OPT_IN: "check", RECORD_MESSAGES: "message",
};

/** The fields whose values are several, or IDs of users. */
const SEVERAL = ["tags", "owner", "assignees"];

/** A connection without items: of a contact that is gone, or of a number that never opted out. */
const NONE = { nodes: [], pageInfo: {} };

export function Activity({ contact }) {
  const tabs = [
    { key: "history", label: words.history },
    can.value.readMessages && { key: "messages", label: words.messages },
    can.value.readCampaigns && { key: "campaigns", label: words.campaigns },
    { key: "consent", label: words.consent },
  ].filter(Boolean);
  const [tab, setTab] = useState("history");
  const View = { history: History, messages: Messages, campaigns: Campaigns, consent: Consent }[tab];
  // A change of the contact is a new entry of its history, so that its views are loaded again.
  const state = `${contact.updatedAt} ${contact.isOptedOut} ${contact.lastInboundAt} ${contact.lastOutboundAt} ${contact.lists.length}`;
  return html`
    <section class="card activity" aria-label=${words.title}>
      <${Tabs} label=${words.title} tabs=${tabs} chosen=${tab} onChoose=${setTab}><${View} key=${tab} contact=${contact} state=${state} /><//>
    </section>
  `;
}

/** Shows the pages of a list, its empty state, and its problems. */
function Pages({ pages, empty, children }) {
  if (pages.error) return html`<${Problem} error=${pages.error} onRetry=${pages.reload} />`;
  if (!pages.page) return html`<${Skeleton} />`;
  if (!pages.page.nodes.length) return html`<${Empty} ...${empty} />`;
  return html`
    <ol class="timeline">${pages.page.nodes.map(children)}</ol>
    ${pages.page.hasMore && html`<div class="more"><${Button} look="quiet" isBusy=${pages.isLoadingMore} onClick=${pages.more}>${texts.more}<//></div>`}
  `;
}

/** Fields that the viewer may not read are not asked for. */
const rights = () => ({ readCampaigns: can.value.readCampaigns, readMessages: can.value.readMessages });

function History({ contact, state }) {
  const pages = usePages("contact/history", { id: contact.id, ...rights() }, { find: ({ contact }) => contact?.history ?? NONE, state });
  const names = useUserNames(pages.page?.nodes ?? []);
  return html`<${Pages} pages=${pages} empty=${{ icon: "history", title: words.noHistory }}>
    ${(entry) => html`
      <li key=${entry.id}>
        <span class="timeline-icon"><${Icon} name=${ICONS[entry.action] ?? "history"} size=${15} /></span>
        <div class="grow">
          <p>${words.entry(entry)}</p>
          ${entry.message?.body && html`<p class="quote"><bdi>${entry.message.body}</bdi></p>`}
          ${entry.reason && html`<p class="quote"><bdi>${entry.reason}</bdi></p>`}
          ${entry.changes.length > 0 && html`<ul class="changes">${entry.changes.map((change) => html`<${Change} key=${change.field} change=${change} names=${names} />`)}</ul>`}
          <${By} entry=${entry} />
        </div>
      </li>
    `}
  <//>`;
}

const By = ({ entry: { user, job, line, occurredAt } }) => html`
  <p class="muted by">${[user?.name, job && words.job(job, line)].filter(Boolean).map((one) => html`<span><bdi>${one}</bdi></span>`)}<${Time} at=${occurredAt} /></p>
`;

function Change({ change: { field, before, after }, names }) {
  const label = field.startsWith("customVariables.") ? field.slice("customVariables.".length) : (texts.fields[field] ?? words.fields[field] ?? field);
  const shown = (value) => (value ? html`<bdi>${readable(field, value, names)}</bdi>` : html`<span class="muted">${words.nothing}</span>`);
  return html`<li><span class="muted"><bdi>${label}</bdi>:</span> ${shown(before)} <${Icon} name="right" size=${12} /><span class="unseen">${words.to}</span> ${shown(after)}</li>`;
}

function readable(field, value, names) {
  if (field === "phone" || field === "senderNumber") return phone(value);
  if (field === "isVerified") return value === "true" ? words.yes : words.no;
  return SEVERAL.includes(field) ? value.split(";").map((part) => names[part] ?? part).join(", ") : value;
}

/** Returns the names of users whose IDs the changes have. */
function useUserNames(entries) {
  const ids = [...new Set(entries.flatMap((entry) => entry.changes.flatMap(({ before, after }) => `${before};${after}`.split(";"))))];
  const users = ids.filter((id) => /^usr_\w+$/.test(id)).slice(0, 100);
  const { data } = useQuery("contacts/names", { ids: users }, { isSkipped: !users.length });
  return Object.fromEntries((data?.nodes ?? []).filter(Boolean).map((node) => [node.id, node.name]));
}

function Messages({ contact, state }) {
  const pages = usePages("contact/messages", { id: contact.id, readCampaigns: can.value.readCampaigns }, { find: ({ contact }) => contact?.messages ?? NONE, state });
  return html`<${Pages} pages=${pages} empty=${{ icon: "message", title: words.noMessages, text: words.noMessagesText }}>
    ${(message) => html`
      <li key=${message.id} class=${`message ${message.direction === "INBOUND" ? "in" : "out"}`}>
        <div class="bubble">
          <p>${message.body ? html`<bdi>${message.body}</bdi>` : html`<span class="muted">${words.noBody}</span>`}</p>
          <p class="muted by"><span>${words.channels[message.channel]}</span><span>${words.statuses[message.status]}</span>
            ${message.user && html`<span>${message.user.name}</span>`}
            ${message.campaign && html`<a href=${address(`/campaigns/${message.campaign.id}`)}>${message.campaign.name}</a>`}
            <${Time} at=${message.occurredAt} /></p>
          ${message.needsReview && html`<${Badge} tone="warning" icon="warning">${words.needsReview}<//>`}
        </div>
      </li>
    `}
  <//>`;
}

function Campaigns({ contact, state }) {
  const pages = usePages("contact/campaigns", { id: contact.id }, { find: ({ contact }) => contact?.campaignContacts ?? NONE, state });
  return html`<${Pages} pages=${pages} empty=${{ icon: "campaigns", title: words.noCampaigns }}>
    ${({ id, campaign, context, segmentId, assignee, createdAt }) => html`
      <li key=${id}>
        <span class="timeline-icon"><${Icon} name="campaigns" size=${15} /></span>
        <div class="grow">
          <p><a href=${address(`/campaigns/${campaign.id}`)}><bdi>${campaign.name}</bdi></a> <${Badge}>${words.campaignStatuses[campaign.status]}<//></p>
          ${context && html`<p class="quote"><bdi>${context}</bdi></p>`}
          <p class="muted by">${[words.channels[campaign.channel], segmentId && words.segment(segmentId), assignee?.name].filter(Boolean)
            .map((one) => html`<span>${one}</span>`)}<${Time} at=${createdAt} /></p>
        </div>
      </li>
    `}
  <//>`;
}

function Consent({ contact, state }) {
  const pages = usePages("contact/consent", { phone: contact.phone }, { find: ({ optOut }) => optOut?.events ?? NONE, state });
  return html`<${Pages} pages=${pages} empty=${{ icon: "check", title: words.noConsent, text: words.noConsentText }}>
    ${(event) => html`
      <li key=${event.id}>
        <span class=${`timeline-icon ${event.isOptedOut ? "danger" : "good"}`}><${Icon} name=${event.isOptedOut ? "stop" : "check"} size=${15} /></span>
        <div class="grow">
          <p>${event.isOptedOut ? words.optedOut : words.optedIn} <span class="muted">${words.sources[event.source]}</span></p>
          ${event.reason && html`<p class="quote"><bdi>${event.reason}</bdi></p>`}
          <${By} entry=${event} />
        </div>
      </li>
    `}
  <//>`;
}
