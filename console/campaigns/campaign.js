// The screen of one campaign: its state, where its contacts come from, and the contacts.
import { time } from "../base/format.js";
import { useQuery, useSubscription } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { confirmed } from "../base/dialogs.js";
import { address, navigate } from "../base/router.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { Menu } from "../components/popover.js";
import { texts } from "../texts.js";
import { Contacts } from "./contacts.js";
import { CampaignDialog } from "./form.js";
import { Lists } from "./lists.js";
import { Moves, State, takesContacts } from "./state.js";

const words = texts.campaigns;

export function Screen({ id }) {
  const { data, error, reload, set } = useQuery("campaigns/campaign", { id });
  useSubscription("campaigns/changed", { id }, ({ campaignChanged }) => set(() => ({ campaign: campaignChanged })), { isSkipped: !data?.campaign });
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<${Skeleton} lines=${6} />`;
  if (!data.campaign) return html`<${Gone} />`;
  const { campaign } = data;
  const isWriting = can.value.writeCampaigns;
  return html`
    <p class="crumbs"><a href=${address("/campaigns")}>${words.title}</a></p>
    <${Head} campaign=${campaign} isWriting=${isWriting} reload=${reload} />
    <div class="with-side">
      <${Contacts} campaign=${campaign} isWriting=${isWriting && takesContacts(campaign)} />
      <div class="stack first-when-narrow">
        ${isWriting && takesContacts(campaign) && html`<${ReviewCard} campaign=${campaign} />`}
        <${Lists} campaign=${campaign} isWriting=${isWriting && campaign.status === "DRAFT"} reload=${reload} />
        ${campaign.segments.length > 0 && html`<${Segments} campaign=${campaign} />`}
      </div>
    </div>
  `;
}

export const Gone = () => html`
  <${Empty} icon="campaigns" title=${words.gone}><a class="button" href=${address("/campaigns")}>${words.all}</a><//>
`;

function Head({ campaign, isWriting, reload }) {
  const [isChanging, setChanging] = useState(false);
  const remove = async () => {
    const question = { title: words.deleteTitle(campaign.name), text: words.deleteText, action: words.delete, isDangerous: true };
    if (!(await confirmed(question)) || !(await act("campaigns/delete", { id: campaign.id }))) return;
    toast(words.deleted(campaign.name));
    navigate(address("/campaigns"));
  };
  const canDelete = campaign.status !== "RUNNING" && campaign.status !== "PAUSED";
  const { channel, scheduledAt, createdBy } = campaign;
  const facts = [words.channels[channel], scheduledAt && words.startsAt(time(scheduledAt)), createdBy && words.madeBy(createdBy.name)];
  const changed = () => {
    setChanging(false);
    reload();
  };
  const seeContacts = () => navigate(address("/contacts", { campaign: campaign.id }));
  return html`
    <div class="page-head campaign-head">
      <h1><bdi>${campaign.name}</bdi></h1>
      ${isWriting && html`
        <div class="actions">
          <${Moves} campaign=${campaign} onMoved=${reload} />
          <${Menu} icon="more" label=${words.more} align="end" items=${[
            can.value.readContacts && { text: words.inContacts, icon: "contacts", onChoose: seeContacts },
            { text: words.change, icon: "edit", onChoose: () => setChanging(true) },
            canDelete && { text: words.delete, icon: "trash", isDangerous: true, onChoose: remove },
          ]} />
        </div>
      `}
      <div class="campaign-facts">
        <${State} status=${campaign.status} />
        <span class="muted">${facts.filter(Boolean).join(" · ")}</span>
        ${campaign.description && html`<p>${campaign.description}</p>`}
      </div>
    </div>
    ${isChanging && html`<${CampaignDialog} campaign=${campaign} onClose=${() => setChanging(false)} onDone=${changed} />`}
  `;
}

const ReviewCard = ({ campaign }) => html`
  <section class="card review-card">
    <h2><${Icon} name="shield" /> ${words.review}</h2>
    <p>${words.reviewHint}</p>
    <a class=${`button ${campaign.contactCount ? "" : "primary"} wide`} href=${address(`/campaigns/${campaign.id}/review`)}>${words.toReview}</a>
  </section>
`;

const Segments = ({ campaign }) => html`
  <section class="card">
    <div class="card-head"><h2>${words.segments}</h2></div>
    <ul class="card-body lines">
      ${campaign.segments.map(({ segmentId, scheduledDate, contactCount }) => html`
        <li key=${segmentId}><span class="grow"><bdi>${segmentId}</bdi>${scheduledDate && html`<small>${time(scheduledDate)}</small>`}</span>
          <span class="count">${contactCount}</span></li>
      `)}
    </ul>
  </section>
`;
