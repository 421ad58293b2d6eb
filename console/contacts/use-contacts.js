// The contacts of the table: pages by cursor, and changes as the server tells them.
import { superseding } from "../base/client.js";
import { useSubscription } from "../base/hooks.js";
import { useCallback, useEffect, useRef, useState } from "../base/html.js";

const PAGE = 50;
const MOST_RELOADED = 100;
const SETTLE_MS = 700;
const GONE = ["LEFT", "TRASHED", "PURGED"];
const EMPTY = { rows: null, total: null, cursor: null, hasMore: false, isLoading: true, error: null, isOutdated: false };

/** Returns {rows, total, hasMore, isLoading, error, isOutdated, more, reload}. `orderBy` is null or the API's. */
export function useContacts(filter, orderBy) {
  const [state, setState] = useState(EMPTY);
  const [first] = useState(superseding);
  const [next] = useState(superseding);
  const timer = useRef(null);
  const key = JSON.stringify({ filter, orderBy });
  const fail = (error) => error.name !== "AbortError" && setState((before) => ({ ...before, isLoading: false, error }));

  const reload = useCallback(
    async (size = PAGE) => {
      clearTimeout(timer.current);
      timer.current = null;
      setState((before) => ({ ...before, isLoading: true }));
      try {
        const { contacts } = await first("contacts/page", { ...JSON.parse(key), first: size, isFirst: true });
        setState({ ...EMPTY, ...pageOf(contacts), rows: contacts.nodes, total: contacts.totalCount, isLoading: false });
      } catch (error) {
        fail(error);
      }
    },
    [key],
  );
  useEffect(() => {
    reload();
    return () => clearTimeout(timer.current);
  }, [reload]);

  const more = async () => {
    if (state.isLoading || !state.hasMore) return;
    setState((before) => ({ ...before, isLoading: true }));
    try {
      const variables = { ...JSON.parse(key), first: PAGE, after: state.cursor, isFirst: false };
      const { contacts } = await next("contacts/page", variables);
      setState((before) => ({ ...before, ...pageOf(contacts), rows: joined(before.rows, contacts.nodes), isLoading: false }));
    } catch (error) {
      fail(error);
    }
  };

  /** Loads a short table again; for a long one, the viewer decides when. */
  const refresh = () => {
    const count = state.rows?.length ?? 0;
    if (count > MOST_RELOADED) setState((before) => ({ ...before, isOutdated: true }));
    else timer.current ??= setTimeout(() => reload(Math.max(PAGE, count)), SETTLE_MS);
  };
  const take = ({ contactChanged: { kind, contactId, contact } }) => {
    const isShown = state.rows?.some((row) => row.id === contactId);
    if (kind === "UPDATED" && isShown && contact)
      setState((before) => ({ ...before, rows: before.rows.map((row) => (row.id === contactId ? contact : row)) }));
    else if (GONE.includes(kind) && isShown) setState((before) => without(before, contactId));
    else refresh();
  };
  useSubscription("contacts/changed", { filter }, take, { resumed: refresh });
  return { ...state, more, reload };
}

const pageOf = ({ pageInfo }) => ({ cursor: pageInfo.endCursor, hasMore: pageInfo.hasNextPage });

/** Adds a page. A contact that moved while the pages were loaded stays where it was. */
function joined(rows, added) {
  const known = new Set(rows.map((row) => row.id));
  return [...rows, ...added.filter((row) => !known.has(row.id))];
}

const without = (state, id) => ({ ...state, rows: state.rows.filter((row) => row.id !== id), total: state.total - 1 });
