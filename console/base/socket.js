// Subscriptions over one WebSocket, in the protocol graphql-transport-ws. It opens for the first and closes after the last.
import { signal } from "@preact/signals";
import { texts } from "../texts.js";
import { refreshed } from "./provider.js";
import { forget, session } from "./session.js";

const WAITS_MS = [500, 1_000, 2_000, 5_000, 10_000, 30_000];
const UNAUTHENTICATED = 4401;
const running = new Map();
let socket = null;
let isAcknowledged = false;
let hadConnection = false;
let failures = 0;
let retrying = null;
let count = 0;

/** False while the connection is lost and events can be missed. */
export const isLive = signal(true);

/**
 * Subscribes to a document, and returns a function that ends the subscription. `next` gets the data of each event, `failed`
 * an error, `resumed` is called after a lost connection is back: events may be missing. `completed` is called at the end.
 */
export function subscribe(name, variables, { next, failed, resumed, completed }) {
  const id = String(++count);
  running.set(id, { name, variables, next, failed, resumed, completed });
  if (isAcknowledged) start(id);
  else connect();
  return () => {
    if (!running.delete(id)) return;
    if (isAcknowledged) send({ id, type: "complete" });
    setTimeout(() => running.size === 0 && close(), 2_000);
  };
}

function close() {
  hadConnection = false;
  socket?.close(1000);
}

async function connect() {
  if (socket || retrying) return;
  const opening = new WebSocket(`${location.origin.replace("http", "ws")}/graphql`, "graphql-transport-ws");
  socket = opening;
  opening.onopen = async () => {
    await refreshed();
    send({ type: "connection_init", payload: { Authorization: `Bearer ${session.value?.token}` } });
  };
  opening.onmessage = ({ data }) => take(JSON.parse(data));
  opening.onclose = ({ code }) => lost(code);
}

function take({ id, type, payload }) {
  if (type === "connection_ack") return acknowledged();
  if (type === "ping") return send({ type: "pong" });
  const one = running.get(id);
  if (!one) return;
  if (type === "next") {
    if (payload.errors?.length) one.failed?.(new Error(payload.errors[0].message));
    else one.next(payload.data);
  } else if (type === "error") {
    running.delete(id);
    one.failed?.(new Error(payload[0].message));
  } else if (type === "complete") {
    running.delete(id);
    one.completed?.();
  }
}

function acknowledged() {
  isAcknowledged = true;
  isLive.value = true;
  failures = 0;
  for (const [id, one] of [...running]) {
    start(id);
    if (hadConnection) one.resumed?.();
  }
  hadConnection = true;
}

async function lost(code) {
  socket = null;
  isAcknowledged = false;
  if (running.size === 0 || !session.value) return;
  if (code === UNAUTHENTICATED && !(await refreshed(true))) return forget(texts.errors.sessionEnded);
  const wait = WAITS_MS[Math.min(failures++, WAITS_MS.length - 1)];
  isLive.value = failures < 2;
  retrying = setTimeout(() => {
    retrying = null;
    if (running.size) connect();
  }, wait);
}

function start(id) {
  const { name, variables } = running.get(id);
  send({ id, type: "subscribe", payload: { query: "", documentId: `console/${name}`, variables } });
}

const send = (message) => socket?.readyState === WebSocket.OPEN && socket.send(JSON.stringify(message));
