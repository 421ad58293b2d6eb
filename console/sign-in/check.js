// Asks the server whether it accepts a token, without a session.
import { RequestFailed } from "../base/client.js";
import { texts } from "../texts.js";

export async function isAccepted(token) {
  let answer;
  try {
    answer = await fetch("/graphql", {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Bearer ${token}` },
      body: JSON.stringify({ documentId: "console/base/viewer" }),
    });
  } catch {
    throw new RequestFailed(texts.errors.network, "NETWORK");
  }
  if (answer.status === 401) return false;
  if (!answer.ok) throw new RequestFailed(texts.errors.unreadable, "UNKNOWN");
  return true;
}
