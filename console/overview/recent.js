// Recent items of a list that the API counts by no day and no status: the console counts the newest of them itself.
import { request } from "../base/client.js";
import { useEffect, useState } from "../base/html.js";

const MOST_PAGES = 10;
const DAY_MS = 86_400_000;

/** Returns {items, isCut, error}: the items since some days ago, newest first. `isCut` says that there are more than these. */
export function useRecent(name, days) {
  const [state, setState] = useState({ items: null });
  useEffect(() => {
    const stopping = new AbortController();
    recent(name, days, stopping.signal).then(setState, (error) => error.name === "AbortError" || setState({ items: null, error }));
    return () => stopping.abort();
  }, [name, days]);
  return state;
}

async function recent(name, days, signal) {
  const start = new Date(startOf(days)).toISOString();
  const items = [];
  let after = null;
  for (let count = 0; count < MOST_PAGES; count++) {
    const { page } = await request(name, { after }, { signal });
    const wanted = page.nodes.filter(({ at }) => at >= start);
    items.push(...wanted);
    if (wanted.length < page.nodes.length || !page.pageInfo.hasNextPage) return { items, isCut: false };
    after = page.pageInfo.endCursor;
  }
  return { items, isCut: true };
}

/** Midnight in UTC of the first of the last days. */
export const startOf = (days) => (Math.floor(Date.now() / DAY_MS) - days + 1) * DAY_MS;

/** Counts items by day in UTC: [{day, count}], the oldest first. */
export function byDay(items, days) {
  const start = startOf(days);
  const counts = Array.from({ length: days }, (_, index) => ({ day: new Date(start + index * DAY_MS).toISOString().slice(0, 10), count: 0 }));
  for (const { at } of items) counts[Math.floor((new Date(at) - start) / DAY_MS)].count += 1;
  return counts;
}
