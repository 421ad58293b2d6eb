// Apollo Client 4: queries and mutations over HTTP, subscriptions over a WebSocket.
import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { CombinedGraphQLErrors } from "@apollo/client/errors";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { URL: url, TOKEN: token } = process.env;
const Authorization = `Bearer ${token}`;
const socket = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { Authorization } });
const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers: { Authorization } }),
  ),
  cache: new InMemoryCache(),
});

const { data } = await client.query({ query: gql`{ contacts(first: 2) { nodes { id phone } } }` });
assert.equal(data.contacts.nodes.length, 2);

const refused = await client.query({ query: gql`{ nothing }` }).catch((error) => error);
assert.ok(CombinedGraphQLErrors.is(refused), String(refused));
assert.equal(refused.errors[0].extensions.code, "GRAPHQL_VALIDATION_FAILED");

const CHANGED = gql`subscription { contactChanged { kind contactId } }`;
const event = new Promise((resolve, reject) =>
  client.subscribe({ query: CHANGED }).subscribe({ next: resolve, error: reject }),
);
await new Promise((resolve) => setTimeout(resolve, 500));
const created = await client.mutate({
  mutation: gql`
    mutation ($phone: PhoneNumber!) { createContact(input: { contact: { phone: $phone } }) { contact { id } errors { code } } }
  `,
  variables: { phone: `+25472${String(Date.now()).slice(-7)}` },
});
const { contact } = created.data.createContact;
assert.deepEqual((await event).data.contactChanged.contactId, contact.id);
await socket.dispose();
client.stop();
console.log("Apollo Client: a query, a refusal, a mutation and its event");
