// graphql-ws: operations over one socket, and the codes of its ends.
import assert from "node:assert/strict";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { URL, TOKEN: token } = process.env;
const url = URL.replace("http", "ws");
const connect = (secret) =>
  createClient({ url, webSocketImpl: WebSocket, retryAttempts: 0, connectionParams: { Authorization: `Bearer ${secret}` } });

const client = connect(token);
const answers = [];
await Promise.all(
  Array.from({ length: 20 }, async () => {
    for await (const answer of client.iterate({ query: "{ viewer { account { name } } }" })) answers.push(answer);
  }),
);
assert.equal(answers.filter((answer) => answer.data.viewer.account.name).length, 20);
await client.dispose();

const closed = await new Promise((resolve) =>
  connect("nonsense").subscribe({ query: "{ viewer { id } }" }, { next() {}, error: resolve, complete() {} }),
);
assert.equal(closed.code, 4401);

const codes = await new Promise((resolve) => {
  const socket = new WebSocket(url, "graphql-transport-ws");
  socket.on("open", () =>
    socket.send(JSON.stringify({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } })),
  );
  socket.on("message", () => socket.send(JSON.stringify({ id: "1", type: "subscribe" })));
  socket.on("close", resolve);
});
assert.equal(codes, 4400);
console.log(`graphql-ws: ${answers.length} answers, and closes with 4401 and 4400`);
