// The client of the API. A document is named by its path, such as "contacts/page"; the server has its text.
import { texts } from "../texts.js";
import { refreshed } from "./provider.js";
import { forget, session } from "./session.js";

const RETRY_MS = 700;

/** A request that failed as a whole. `message` is for people, and `code` is the server's or NETWORK. */
export class RequestFailed extends Error {
  constructor(message, code, requestId = null) {
    super(message);
    Object.assign(this, { code, requestId });
  }
}

/** Runs a document, and returns its data. Throws RequestFailed, and an AbortError once `signal` is aborted. */
export async function request(name, variables = {}, { signal, idempotencyKey } = {}) {
  if (!(await refreshed())) return ended();
  const send = () => fetch("/graphql", { method: "POST", signal, ...packed(name, variables, idempotencyKey) });
  let answer = await reached(send, signal);
  if (answer.status === 401 && (await refreshed(true))) answer = await reached(send, signal);
  if (answer.status === 401) return ended();
  const { data, errors } = await answer.json().catch(() => ({ errors: [{ message: texts.errors.unreadable }] }));
  if (errors?.length) throw failure(errors[0], answer);
  return data;
}

/** Runs a document with one mutation of one `input`, and returns its payload, whose `errors` the caller shows. */
export async function mutate(name, input, options = {}) {
  const data = await request(name, { input }, { idempotencyKey: randomKey(), ...options });
  return Object.values(data)[0];
}

/** Returns a function like `request`. Each call aborts the one before. */
export function superseding() {
  let running = null;
  return (name, variables) => {
    running?.abort();
    running = new AbortController();
    return request(name, variables, { signal: running.signal });
  };
}

/** Sends again what the network lost: the server runs a mutation with the same key once. */
async function reached(send, signal) {
  try {
    return await send();
  } catch (error) {
    if (signal?.aborted) throw error;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    try {
      return await send();
    } catch (again) {
      if (signal?.aborted) throw again;
      throw new RequestFailed(texts.errors.network, "NETWORK");
    }
  }
}

function packed(name, variables, idempotencyKey) {
  const headers = { Accept: "application/json", Authorization: `Bearer ${session.value?.token ?? ""}` };
  if (idempotencyKey) headers["Idempotency-Key"] = idempotencyKey;
  const [stripped, files] = withoutFiles(variables);
  const operation = JSON.stringify({ documentId: `console/${name}`, variables: stripped });
  if (!files.length) return { headers: { ...headers, "Content-Type": "application/json" }, body: operation };
  const form = new FormData();
  form.append("operations", operation);
  form.append("map", JSON.stringify(Object.fromEntries(files.map(([path], index) => [index, [`variables.${path}`]]))));
  files.forEach(([, file], index) => form.append(index, file));
  return { headers: { ...headers, "Apollo-Require-Preflight": "true" }, body: form };
}

/** Returns the variables with null for each File, and the files with their paths. */
function withoutFiles(variables) {
  const files = [];
  const strip = (value, path) => {
    if (value instanceof Blob) return files.push([path, value]), null;
    if (Array.isArray(value)) return value.map((one, index) => strip(one, `${path}.${index}`));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, strip(one, path ? `${path}.${key}` : key)]));
  };
  return [strip(variables, ""), files];
}

function failure(error, answer) {
  const code = error.extensions?.code ?? "UNKNOWN";
  return new RequestFailed(texts.errors.byCode[code] ?? error.message, code, answer.headers.get("X-Request-Id"));
}

function ended() {
  forget(texts.errors.sessionEnded);
  throw new RequestFailed(texts.errors.sessionEnded, "UNAUTHENTICATED");
}

/** Returns a random key. Pages of http addresses have no crypto.randomUUID. */
export const randomKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
