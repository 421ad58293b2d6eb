// Who is signed in, and what they may do.
import { computed, signal } from "@preact/signals";
import { request } from "./client.js";

/** null, or the viewer with `account`, `user` and `can`. */
export const viewer = signal(null);
/** The rights of the viewer, such as writeContacts. What they refuse is not shown. */
export const can = computed(() => viewer.value?.can ?? {});

export async function loadViewer() {
  viewer.value = (await request("base/viewer")).viewer;
}
