// urql with Graphcache, as in docs/clients.md: pages, the trash, errors as data, retries with an idempotency key, and a
// trusted document.
import assert from "node:assert/strict";
import { Client, fetchExchange, makeOperation, mapExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { retryExchange } from "@urql/exchange-retry";
import { lossyFetch } from "./lossy_fetch.mjs";

const { URL: url, TOKEN: token } = process.env;
const { fetch, keys } = lossyFetch();

function forget(cache, field) {
  for (const { fieldName, fieldKey } of cache.inspectFields("Query")) {
    if (fieldName === field) cache.invalidate("Query", fieldKey);
  }
}

// One key for each mutation, before the retries, so that all attempts have the same key.
const idempotency = mapExchange({
  onOperation(operation) {
    if (operation.kind !== "mutation") return operation;
    const key = { "Idempotency-Key": crypto.randomUUID() };
    const given = operation.context.fetchOptions;
    const fetchOptions = () => {
      const options = typeof given === "function" ? given() : (given ?? {});
      return { ...options, headers: { ...options.headers, ...key } };
    };
    return makeOperation(operation.kind, operation, { ...operation.context, fetchOptions });
  },
});
const client = new Client({
  url,
  fetch,
  preferGetMethod: false,
  fetchOptions: () => ({ headers: { Authorization: `Bearer ${token}` } }),
  exchanges: [
    cacheExchange({
      resolvers: { Query: { contacts: relayPagination() } },
      updates: { Mutation: { trashContacts: (_result, _args, cache) => forget(cache, "contacts") } },
    }),
    idempotency,
    retryExchange({ retryIf: (error) => Boolean(error.networkError) }),
    fetchExchange,
  ],
});

const PAGE = `query Page($after: String) {
  contacts(first: 10, after: $after) { edges { cursor node { id } } pageInfo { endCursor hasNextPage } }
}`;
const page = async (after, context) => {
  const { data, error } = await client.query(PAGE, { after }, context).toPromise();
  assert.equal(error, undefined);
  return { ...data.contacts, ids: data.contacts.edges.map(({ node }) => node.id) };
};
const first = await page();
assert.equal(first.ids.length, 10);
const both = await page(first.pageInfo.endCursor);
assert.equal(new Set(both.ids).size, 20); // Graphcache has merged the pages

const CREATE = `mutation Create($phone: PhoneNumber!) {
  createContact(input: { contact: { phone: $phone } }) { contact { id } errors { __typename code message path } }
}`;
const create = async (phone) => {
  const { data, error } = await client.mutation(CREATE, { phone }).toPromise();
  assert.equal(error, undefined);
  return data.createContact;
};
const phone = `+25474${String(Date.now()).slice(-7)}`;
const { contact, errors } = await create(phone); // its first answer is lost
assert.deepEqual(errors, []); // without the key, the second attempt would be a DuplicateContact
assert.ok(contact.id);
assert.deepEqual(keys, [keys[0], keys[0]]);
assert.equal((await create(phone)).errors[0].__typename, "DuplicateContact");
assert.equal((await create("nobody's")).errors[0].code, "INVALID_PHONE_NUMBER");

const TRASH = `mutation Trash($ids: [ID!]!) { trashContacts(input: { contacts: { ids: $ids } }) { contactIds errors { code } } }`;
const [gone] = first.ids;
assert.deepEqual((await client.mutation(TRASH, { ids: [gone] }).toPromise()).data.trashContacts.contactIds, [gone]);
const after = await page();
assert.ok(!after.ids.includes(gone) && after.ids.includes(contact.id), String(after.ids));
console.log("urql with Graphcache: 2 pages, the trash, 2 errors, and a mutation sent twice that ran once");
process.exit();
