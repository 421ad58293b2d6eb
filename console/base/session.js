// The session of this tab: the token that requests send. sessionStorage keeps it, and a new tab gets it from another one.
import { signal } from "@preact/signals";

const NAME = "muster.session";
const ANSWER_MS = 150;
const channel = new BroadcastChannel(NAME);

/** null, or {token}, and for a session of the identity provider also {refreshToken, expiresAt}. */
export const session = signal(null);
/** Why the last session ended, in words; empty if the user ended it. */
export const endedBecause = signal("");

channel.onmessage = ({ data }) => {
  if (data === "ask" && session.value) channel.postMessage(session.value);
  if (data === "sign out" && session.value) forget("");
};

export function keep(opened) {
  sessionStorage.setItem(NAME, JSON.stringify(opened));
  endedBecause.value = "";
  session.value = opened;
}

/** Ends the session of this tab. */
export function forget(reason) {
  sessionStorage.removeItem(NAME);
  endedBecause.value = reason;
  session.value = null;
}

/** Ends the session in all tabs. */
export function signOut() {
  channel.postMessage("sign out");
  forget("");
}

/** Resumes the session of the address (#token=…), of this tab, or of another tab. */
export async function resume() {
  const token = new URLSearchParams(location.hash.slice(1)).get("token");
  if (token) {
    history.replaceState(null, "", location.pathname + location.search);
    return keep({ token });
  }
  const kept = sessionStorage.getItem(NAME);
  if (kept) return keep(JSON.parse(kept));
  const other = await fromOtherTab();
  if (other) keep(other);
}

function fromOtherTab() {
  const asking = new BroadcastChannel(NAME);
  return new Promise((resolve) => {
    asking.onmessage = ({ data }) => data?.token && resolve(data);
    asking.postMessage("ask");
    setTimeout(() => resolve(null), ANSWER_MS);
  }).finally(() => asking.close());
}
