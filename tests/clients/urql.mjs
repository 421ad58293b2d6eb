// urql: its Accept header names JSON and events with the same quality.
import assert from "node:assert/strict";
import { Client, fetchExchange } from "@urql/core";

const { URL: url, TOKEN: token } = process.env;
const client = (more = {}) =>
  new Client({
    url,
    preferGetMethod: false,
    requestPolicy: "network-only",
    fetchSubscriptions: true,
    fetchOptions: { headers: { Authorization: `Bearer ${token}`, ...more } },
    exchanges: [fetchExchange],
  });
process.on("unhandledRejection", (error) => {
  throw error;
});

const reader = client();
const answers = await Promise.all(
  Array.from({ length: 150 }, (_, n) => reader.query(`query Q${n % 3} { contacts(first: 2) { nodes { id } } }`, {}).toPromise()),
);
assert.deepEqual(answers.map((answer) => answer.error).filter(Boolean), []);
assert.ok(answers.every((answer) => answer.data.contacts.nodes.length === 2));

const CREATE = `mutation ($name: String!) {
  createContactList(input: { name: $name }) { contactList { id name } errors { code } }
}`;
const name = `urql ${Date.now()}`;
const writer = client({ "Idempotency-Key": name });
const first = await writer.mutation(CREATE, { name }).toPromise();
const again = await writer.mutation(CREATE, { name }).toPromise();
assert.equal(first.error, undefined);
assert.equal(again.data.createContactList.contactList.id, first.data.createContactList.contactList.id);
assert.equal(again.extensions.idempotency.replayed, true);

const refused = await reader.query("{ nothing }", {}).toPromise();
assert.equal(refused.error.graphQLErrors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");

const events = [];
const subscription = reader
  .subscription("subscription { contactChanged { kind contact { displayName } } }", {})
  .subscribe((event) => events.push(event));
await new Promise((resolve) => setTimeout(resolve, 500));
const phone = `+25471${String(Date.now()).slice(-7)}`;
await reader.mutation("mutation ($phone: PhoneNumber!) { createContact(input: { contact: { phone: $phone } }) { errors { code } } }", { phone }).toPromise();
for (let waited = 0; !events.length && waited < 50; waited++) await new Promise((resolve) => setTimeout(resolve, 100));
assert.equal(events[0]?.error, undefined);
assert.equal(events[0]?.data.contactChanged.kind, "CREATED");
subscription.unsubscribe();
console.log(`urql: ${answers.length} queries, 2 mutations, ${events.length} event`);
