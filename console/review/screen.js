// The Review step of a campaign: what is reviewed, or the review that the address names.
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { address, route } from "../base/router.js";
import { Gone } from "../campaigns/campaign.js";
import { Problem, Skeleton } from "../components/empty.js";
import { texts } from "../texts.js";
import { Reviewed } from "./reviewed.js";
import { Setup } from "./setup.js";

const words = texts.review;

/** The address has review, the ID of a review, or the conditions of the contacts to review. */
export function Screen({ id }) {
  const { data, error, reload } = useQuery("review/campaign", { id });
  const review = route.value.query.get("review");
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<${Skeleton} lines=${6} />`;
  const { campaign } = data;
  if (!campaign) return html`<${Gone} />`;
  return html`
    <p class="crumbs">
      <a href=${address("/campaigns")}>${texts.campaigns.title}</a> / <a href=${address(`/campaigns/${id}`)}><bdi>${campaign.name}</bdi></a>
    </p>
    <div class="page-head"><h1>${words.title}</h1>
      ${review && html`<a class="button" href=${address(`/campaigns/${id}/review`)}>${words.another}</a>`}</div>
    ${review ? html`<${Reviewed} key=${review} id=${review} campaign=${campaign} />` : html`<${Setup} campaign=${campaign} />`}
  `;
}
