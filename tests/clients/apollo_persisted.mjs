// Apollo Client 4 with PersistedQueryLink: registers a query, then sends its hash by GET, and mutations by POST.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ApolloClient, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { PersistedQueryLink } from "@apollo/client/link/persisted-queries";

const { URL: url, TOKEN: token } = process.env;
const sent = [];
const client = new ApolloClient({
  link: new PersistedQueryLink({
    sha256: (text) => createHash("sha256").update(text).digest("hex"),
    useGETForHashedQueries: true,
  }).concat(
    new HttpLink({
      uri: url,
      headers: { Authorization: `Bearer ${token}` },
      fetch: (address, options) => {
        const { search } = new URL(address, url);
        sent.push(`${options.method} ${/query/.test(options.body ?? search.replace("persistedQuery", "")) ? "text" : "hash"}`);
        return globalThis.fetch(new URL(address, url), options);
      },
    }),
  ),
  cache: new InMemoryCache(),
  defaultOptions: { query: { fetchPolicy: "no-cache" } },
});
const query = gql`query Page($first: Int!) { contacts(first: $first) { nodes { id } } }`;

for (const first of [1, 2, 3]) {
  const { data } = await client.query({ query, variables: { first } });
  assert.equal(data.contacts.nodes.length, first);
}
const mutation = gql`mutation Tag($phone: PhoneNumber!) {
  createContact(input: { contact: { phone: $phone }, ifExists: SKIP }) { outcome }
}`;
for (const outcome of ["CREATED", "SKIPPED"]) {
  const { data } = await client.mutate({ mutation, variables: { phone: "+254720000042" } });
  assert.equal(data.createContact.outcome, outcome);
}
assert.deepEqual(sent, ["GET hash", "POST text", "GET hash", "GET hash", "POST hash", "POST text", "POST hash"], String(sent));
client.stop();
console.log(`Apollo Client with persisted queries: ${sent.join(", ")}`);
