// Apollo Client 4, as in docs/clients.md: pages, errors as data, the trash, and retries with an idempotency key.
import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { RetryLink } from "@apollo/client/link/retry";
import { relayStylePagination } from "@apollo/client/utilities";
import { OperationTypeNode } from "graphql";
import { lossyFetch } from "./lossy_fetch.mjs";

const { URL: uri, TOKEN: token } = process.env;
const { fetch, keys } = lossyFetch();
const idempotency = new SetContextLink(({ headers }, { operationType }) =>
  operationType === OperationTypeNode.MUTATION ? { headers: { ...headers, "Idempotency-Key": crypto.randomUUID() } } : {},
);
const client = new ApolloClient({
  link: ApolloLink.from([
    idempotency,
    new RetryLink({ attempts: { max: 5 } }),
    new HttpLink({ uri, fetch, headers: { Authorization: `Bearer ${token}` } }),
  ]),
  cache: new InMemoryCache({
    possibleTypes: { UserError: ["DuplicateContact", "InputError", "PhoneError"] },
    typePolicies: { Query: { fields: { contacts: relayStylePagination(["filter", "orderBy"]) } } },
  }),
});

const PAGE = gql`
  query Page($filter: ContactFilter, $after: String) {
    contacts(first: 10, after: $after, filter: $filter) { edges { cursor node { id } } pageInfo { endCursor hasNextPage } }
  }
`;
const pages = client.watchQuery({ query: PAGE });
const seen = [];
const ids = () => seen.at(-1).data.contacts.edges.map(({ node }) => node.id);
pages.subscribe((result) => result.data && result.dataState === "complete" && seen.push(result));
async function until(condition) {
  for (let waited = 0; !condition() && waited < 300; waited++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(condition(), String(condition));
}
await until(() => seen.length && ids().length === 10);
await pages.fetchMore({ variables: { after: seen.at(-1).data.contacts.pageInfo.endCursor } });
await until(() => ids().length === 20);
assert.equal(new Set(ids()).size, 20);
const other = await client.query({ query: PAGE, variables: { filter: { isOptedOut: true } } });
assert.equal(ids().length, 20); // each filter has its own list
assert.ok(other.data.contacts.edges.length);

const CREATE = gql`
  mutation Create($phone: PhoneNumber!) {
    createContact(input: { contact: { phone: $phone } }) {
      contact { id }
      errors { code message path ... on PhoneError { value suggestion } ... on DuplicateContact { contact { id } } }
    }
  }
`;
const create = async (phone) => (await client.mutate({ mutation: CREATE, variables: { phone } })).data.createContact;
const phone = `+25473${String(Date.now()).slice(-7)}`;
const { contact, errors } = await create(phone); // its first answer is lost
assert.deepEqual(errors, []); // without the key, the second attempt would be a DuplicateContact
assert.deepEqual(keys, [keys[0], keys[0]]);
const [duplicate] = (await create(phone)).errors;
assert.deepEqual([duplicate.__typename, duplicate.contact.id], ["DuplicateContact", contact.id]);
const [wrong] = (await create("nobody's")).errors;
assert.deepEqual([wrong.__typename, wrong.code, wrong.value], ["PhoneError", "INVALID_PHONE_NUMBER", "nobody's"]);
assert.equal(new Set(keys).size, 3);

const [gone] = ids();
await client.mutate({
  mutation: gql`mutation Trash($ids: [ID!]!) {
    trashContacts(input: { contacts: { ids: $ids } }) { contactIds contactLists { id contactCount } errors { code message } }
  }`,
  variables: { ids: [gone] },
  update(cache) {
    cache.evict({ id: "ROOT_QUERY", fieldName: "contacts" });
    cache.gc();
  },
  refetchQueries: "active",
  awaitRefetchQueries: true,
});
await until(() => ids().length === 10 && !ids().includes(gone));
assert.equal(ids()[0], contact.id);
client.stop();
console.log(`Apollo Client's cache: 2 pages, the trash, 2 errors, and a mutation sent twice that ran once`);
process.exit();
