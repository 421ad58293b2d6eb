// Short notices of what happened. One with `undo` has a button for it; one with `job` shows the job's progress.
import { signal } from "@preact/signals";
import { texts } from "../texts.js";
import { mutate } from "./client.js";

const SECONDS = { done: 8, problem: 14 };
let count = 0;

/** The notices that are shown, the newest last. */
export const toasts = signal([]);

/** Shows a notice, and returns its key. `undo` is an async function; `seconds` Infinity keeps it until `dismiss`. */
export function toast(text, { kind = "done", undo, href, hrefText, job, seconds = SECONDS[kind] } = {}) {
  const key = ++count;
  toasts.value = [...toasts.value, { key, text, kind, undo, href, hrefText, job, seconds }].slice(-4);
  return key;
}

export function dismiss(key) {
  toasts.value = toasts.value.filter((one) => one.key !== key);
}

/** Shows what went wrong: an Error, or the first of a payload's errors. */
export function problem(error) {
  if (error?.name !== "AbortError") toast(error?.message ?? texts.errors.unknown, { kind: "problem" });
}

/** Runs a mutation for an action without a form. Shows its errors, and returns its payload, or null if it failed. */
export async function act(name, input) {
  try {
    const payload = await mutate(name, input);
    if (!payload.errors?.length) return payload;
    problem(payload.errors[0]);
  } catch (error) {
    problem(error);
  }
  return null;
}
