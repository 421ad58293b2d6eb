// Lists that load page after page. Their documents name the connection "page", and take $first and $after.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { request } from "./client.js";
import { useQuery } from "./hooks.js";
import { problem } from "./toasts.js";

/**
 * Returns {page, isLoading, error, reload, isLoadingMore, more, change, data}. `page` is null, or {nodes, totalCount, hasMore}
 * with the items so far. `change` replaces them by a function of the array, after a mutation or an event. `find` returns the
 * connection of the data if it is not at the top. A new `state` loads the first page again.
 */
export function usePages(name, variables = {}, { find = ({ page }) => page, isSkipped, state } = {}) {
  const query = useQuery(name, variables, { isSkipped });
  const first = (query.data && find(query.data)) || null;
  const [loaded, setLoaded] = useState(null);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const isFirst = useRef(true);
  useEffect(() => {
    if (!isFirst.current) query.reload();
    isFirst.current = false;
  }, [state]);
  const all = loaded?.first === first ? loaded : first && { ...first, first };
  const present = useRef(null);
  present.current = all;
  const more = useCallback(async () => {
    const before = present.current;
    setLoadingMore(true);
    try {
      const next = find(await request(name, { ...variables, after: before.pageInfo.endCursor }));
      if (present.current?.first === before.first)
        setLoaded({ ...present.current, pageInfo: next.pageInfo, nodes: joined(present.current.nodes, next.nodes) });
    } catch (error) {
      problem(error);
    }
    setLoadingMore(false);
  }, [name, JSON.stringify(variables)]);
  const change = useCallback((update) => {
    const before = present.current;
    if (!before) return;
    const nodes = update(before.nodes);
    const totalCount = before.totalCount + nodes.length - before.nodes.length;
    setLoaded((present.current = { ...before, nodes, totalCount }));
  }, []);
  const page = all && { nodes: all.nodes, totalCount: all.totalCount, hasMore: all.pageInfo.hasNextPage };
  return { ...query, page, isLoadingMore, more, change };
}

/** Joins pages. An item that moved to a later page meanwhile stays where it is. */
function joined(nodes, more) {
  const known = new Set(nodes.map((node) => node.id));
  return [...nodes, ...more.filter((node) => !node.id || !known.has(node.id))];
}
