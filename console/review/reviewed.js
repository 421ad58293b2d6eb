// A review: its buckets as tabs, the ticked rows, and the bar that adds them to the campaign.
import { number, time } from "../base/format.js";
import { mutate } from "../base/client.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address } from "../base/router.js";
import { problem } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Tabs } from "../components/tabs.js";
import { texts } from "../texts.js";
import { Applied } from "./applied.js";
import { BUCKETS } from "./buckets.js";
import { Entries } from "./entries.js";
import { useTicks } from "./use-ticks.js";

const words = texts.review;

export function Reviewed({ id, campaign }) {
  const { data, error, reload } = useQuery("review/review", { id });
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<${Skeleton} lines=${8} />`;
  if (!data.campaignReview) return html`<${Empty} icon="shield" title=${words.gone} text=${words.goneHint}>
    <a class="button primary" href=${address(`/campaigns/${campaign.id}/review`)}>${words.another}</a><//>`;
  return html`<${Buckets} review=${data.campaignReview} campaign=${campaign} />`;
}

function Buckets({ review, campaign }) {
  const filled = Object.keys(BUCKETS).filter((bucket) => review.counts[BUCKETS[bucket]] > 0);
  const [chosen, setChosen] = useState(filled[0] ?? "NEW");
  const [applied, setApplied] = useState(null);
  const [isApplying, setApplying] = useState(false);
  const ticks = useTicks(review);
  const apply = async () => {
    setApplying(true);
    try {
      setApplied(await applyAll(review.id, campaign.id, ticks.inputs));
      scrollTo(0, 0);
    } catch (error) {
      problem(error);
    }
    setApplying(false);
  };
  if (applied) return html`<${Applied} result=${applied} campaign=${campaign} onBack=${() => setApplied(null)} />`;
  const tabs = Object.entries(BUCKETS).map(([key, name]) => {
    const count = review.counts[name];
    return { key, label: words.buckets[key], count: html`<b class=${count ? "" : "none"}>${number(count)}</b>` };
  });
  return html`
    <p class="muted review-told">${words.told(number(review.counts.total), time(review.expiresAt))}</p>
    <section class="card review">
      <${Tabs} label=${words.bucketsLabel} tabs=${tabs} chosen=${chosen} onChoose=${setChosen}>
        <${Entries} key=${chosen} id=${review.id} bucket=${chosen} count=${review.counts[BUCKETS[chosen]]} ticks=${ticks} />
      <//>
    </section>
    ${can.value.writeCampaigns && html`
      <div class="action-bar apply-bar" role="region" aria-label=${words.apply}>
        <span class="action-count"><b>${number(ticks.total)}</b> ${words.ticked(number(review.counts.total))}</span>
        <${Button} look="primary" icon="check" disabled=${!ticks.total} isBusy=${isApplying} onClick=${apply}>${words.add(number(ticks.total))}<//>
      </div>
    `}
  `;
}

/** Applies a review by one or two calls, and returns their summed result. Numbers that opted out can't be ticked. */
async function applyAll(reviewId, campaignId, inputs) {
  const result = { summary: { created: 0, skippedDuplicate: 0, failed: 0 }, changed: [], results: [] };
  for (const input of inputs) {
    const payload = await mutate("review/apply", { reviewId, campaignId, ...input });
    if (payload.errors.length) throw payload.errors[0];
    const failed = payload.results.filter(({ error }) => error?.code !== "OPTED_OUT");
    for (const name of Object.keys(result.summary)) result.summary[name] += payload.summary[name];
    result.summary.failed -= payload.results.length - failed.length;
    result.changed.push(...payload.changed);
    result.results.push(...failed);
  }
  return result;
}
