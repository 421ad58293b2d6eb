// Hooks that keep a component's data in step with the server.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { request } from "./client.js";
import { subscribe } from "./socket.js";

/**
 * Runs a query again whenever its variables change, and aborts the one before. Returns {data, error, isLoading, reload, set}.
 * `data` stays while the next is loading. `set` changes it by a function, after a mutation or an event.
 */
export function useQuery(name, variables = {}, { isSkipped = false } = {}) {
  const [state, setState] = useState({ data: null, error: null, isLoading: !isSkipped });
  const running = useRef(null);
  const key = JSON.stringify(variables);
  const reload = useCallback(async () => {
    running.current?.abort();
    const { signal } = (running.current = new AbortController());
    setState((before) => ({ ...before, isLoading: true }));
    const loaded = await request(name, JSON.parse(key), { signal }).then(
      (data) => ({ data, error: null }),
      (error) => ({ error }),
    );
    if (!signal.aborted) setState((before) => ({ ...before, ...loaded, isLoading: false }));
  }, [name, key]);
  useEffect(() => {
    if (!isSkipped) reload();
    return () => running.current?.abort();
  }, [reload, isSkipped]);
  const set = useCallback((change) => setState((before) => ({ ...before, data: change(before.data) })), []);
  return { ...state, reload, set };
}

/** Subscribes while the component is shown. `next` gets the data of an event, `resumed` is called after a lost connection. */
export function useSubscription(name, variables, next, { resumed, isSkipped = false } = {}) {
  const handlers = useRef({});
  handlers.current = { next, resumed };
  const key = JSON.stringify(variables);
  useEffect(() => {
    if (isSkipped) return undefined;
    return subscribe(name, JSON.parse(key), {
      next: (data) => handlers.current.next(data),
      resumed: () => handlers.current.resumed?.(),
    });
  }, [name, key, isSkipped]);
}

/** Returns a value that follows the given one after it has been the same for `milliseconds`. */
export function useSettled(value, milliseconds) {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}
