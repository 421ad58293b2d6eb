// The ticks of a review: for each bucket all selectable rows but some, or only some. This tab keeps them.
import { useState } from "../base/html.js";
import { can } from "../base/viewer.js";
import { BUCKETS, SELECTABLE, TICKED } from "./buckets.js";

const NAME = "muster.review.";

/**
 * Returns {isTicked(entry), isSelectable(entry), toggle(entry), set(bucket, isAll), count(bucket), selectable(bucket), total,
 * inputs, isOverridden, override}. `inputs` are those of applyCampaignReview: one for whole buckets, one for single rows.
 */
export function useTicks(review) {
  const [state, setState] = useState(() => kept(review.id));
  const keep = (changed) => {
    sessionStorage.setItem(NAME + review.id, JSON.stringify(changed));
    setState(changed);
  };
  const isOverridden = state.isOverridden && Boolean(can.value.overrideProtection);
  const partOf = (bucket) => state.buckets[bucket] ?? { isAll: TICKED.includes(bucket), but: [] };
  const isOpen = (bucket) => SELECTABLE.has(bucket) && (bucket !== "PROTECTED" || isOverridden);
  const selectable = (bucket) => (isOpen(bucket) ? review.counts[BUCKETS[bucket]] - review[bucket].totalCount : 0);
  const count = (bucket) => {
    const { isAll, but } = partOf(bucket);
    return isOpen(bucket) ? (isAll ? selectable(bucket) - but.length : but.length) : 0;
  };
  const isSelectable = ({ bucket, flags }) => isOpen(bucket) && !flags.includes("OPTED_OUT");
  const change = (bucket, part) => keep({ ...state, buckets: { ...state.buckets, [bucket]: part } });
  const toggle = (entries) => {
    const [{ bucket, index }] = entries;
    const { isAll, but } = partOf(bucket);
    const isAdded = !but.includes(index);
    const others = but.filter((one) => !entries.some((entry) => entry.index === one));
    change(bucket, { isAll, but: isAdded ? [...others, ...entries.filter(isSelectable).map((entry) => entry.index)] : others });
  };
  return {
    isSelectable,
    isTicked: (entry) => isSelectable(entry) && partOf(entry.bucket).isAll !== partOf(entry.bucket).but.includes(entry.index),
    toggle,
    set: (bucket, isAll) => change(bucket, { isAll, but: [] }),
    count,
    selectable,
    total: Object.keys(BUCKETS).reduce((sum, bucket) => sum + count(bucket), 0),
    inputs: inputsOf(Object.keys(BUCKETS).filter((bucket) => count(bucket) > 0).map((bucket) => ({ bucket, ...partOf(bucket) }))),
    isOverridden,
    override: (isOn) => keep({ ...state, isOverridden: isOn }),
  };
}

function kept(id) {
  return JSON.parse(sessionStorage.getItem(NAME + id) ?? "null") ?? { buckets: {}, isOverridden: false };
}

function inputsOf(parts) {
  const [whole, single] = [parts.filter((part) => part.isAll), parts.filter((part) => !part.isAll)];
  const input = (some, name) => ({
    buckets: some.map((part) => part.bucket),
    [name]: some.flatMap((part) => part.but),
    overrideProtection: some.some((part) => part.bucket === "PROTECTED"),
  });
  return [...(whole.length ? [input(whole, "exceptIndexes")] : []), ...(single.length ? [input(single, "indexes")] : [])];
}
