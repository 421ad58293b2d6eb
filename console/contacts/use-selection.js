// The selected rows: some of those that are loaded, or all contacts that match.
import { useEffect, useRef, useState } from "../base/html.js";

/** The most contacts that the API takes by ID. */
export const MOST = 1_000;

/**
 * Returns the selection for `Table`, with {count, clear, selectMatching, isMatching, chosen}. `chosen` is {rows}, or
 * {filter, count} for all that match. Another filter empties it.
 */
export function useSelection(rows, filter, total, nameOf) {
  const [ids, setIds] = useState(() => new Set());
  const [isMatching, setMatching] = useState(false);
  const last = useRef(null);
  const key = JSON.stringify(filter);
  const clear = () => {
    setIds(new Set());
    setMatching(false);
  };
  useEffect(clear, [key]);
  const selected = rows.filter((row) => ids.has(row.id));
  const toggle = (row, isRange) => {
    const changed = new Set(isMatching ? rows.map((one) => one.id) : ids);
    const places = [last.current, row.id].map((id) => rows.findIndex((one) => one.id === id));
    const range = isRange && places[0] >= 0 ? rows.slice(Math.min(...places), Math.max(...places) + 1) : [row];
    const isAdded = !changed.has(row.id);
    for (const one of range) changed[isAdded ? "add" : "delete"](one.id);
    last.current = row.id;
    setMatching(false);
    setIds(changed);
  };
  const isAll = isMatching || (rows.length > 0 && selected.length === rows.length);
  return {
    isSelected: (row) => isMatching || ids.has(row.id),
    toggle,
    all: isAll || (selected.length > 0 ? "some" : false),
    toggleAll: () => (isAll ? clear() : setIds(new Set(rows.map((row) => row.id)))),
    name: nameOf,
    count: isMatching ? total : selected.length,
    isMatching,
    selectMatching: () => setMatching(true),
    clear,
    chosen: isMatching ? { filter, count: total } : { rows: selected },
  };
}
