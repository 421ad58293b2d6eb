// The Standard Webhooks library verifies what the server sends, with both secrets of a rotation.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { URL: url, TOKEN: token } = process.env;
const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };

async function run(query, input) {
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ query, variables: { input } }) });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, JSON.stringify(errors));
  return Object.values(data)[0];
}

const received = [];
const receiver = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  received.push({ headers: request.headers, body: Buffer.concat(parts) });
  response.writeHead(204).end();
  receiver.emit("received");
}).listen(0, "127.0.0.1");
await once(receiver, "listening");

const made = await run(
  `mutation ($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) { webhookEndpoint { id } secret errors { message } }
  }`,
  {
    url: `http://127.0.0.1:${receiver.address().port}/`,
    eventTypes: ["LIST_CREATED"],
    selection: "{ contactList { name } }",
  },
);
assert.deepEqual(made.errors, []);
const rotated = await run(
  `mutation ($input: RotateWebhookSecretInput!) { rotateWebhookSecret(input: $input) { secret errors { message } } }`,
  { id: made.webhookEndpoint.id },
);
const name = `Zoë ${Date.now()}`;
await run(`mutation ($input: CreateContactListInput!) { createContactList(input: $input) { errors { message } } }`, { name });
if (!received.length) await once(receiver, "received", { signal: AbortSignal.timeout(30_000) });

const [event] = received;
for (const secret of [made.secret, rotated.secret]) {
  const { data } = new Webhook(secret).verify(event.body, event.headers);
  assert.equal(data.contactList.name, name);
}
assert.throws(() => new Webhook(made.secret).verify(Buffer.concat([event.body, Buffer.from(" ")]), event.headers));
receiver.close();
console.log("standardwebhooks: a delivery is verified with both secrets");
process.exit();
