// Live campaigns, jobs and messages with Apollo Client and urql, as in docs/clients.md.
import assert from "node:assert/strict";
import { ApolloClient, ApolloLink, HttpLink, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { OperationTypeNode } from "graphql";
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const { URL: url, TOKEN: token } = process.env;
const Authorization = `Bearer ${token}`;
const socket = createClient({ url: url.replace("http", "ws"), webSocketImpl: WebSocket, connectionParams: { Authorization } });

async function until(condition) {
  for (let waited = 0; !condition() && waited < 300; waited++) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.ok(condition(), String(condition));
}

function whenNew(read) {
  const seen = new Set();
  return (object) => {
    if (object && !seen.has(object.id)) {
      seen.add(object.id);
      read();
    }
  };
}

// ------------------------------------------------------------------ Apollo Client

const client = new ApolloClient({
  link: ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    new GraphQLWsLink(socket),
    new HttpLink({ uri: url, headers: { Authorization } }),
  ),
  cache: new InMemoryCache({
    typePolicies: {
      Query: { fields: { jobs: relayStylePagination(["kinds"]), messages: relayStylePagination(["phone", "direction"]) } },
    },
  }),
});

async function watched(query, variables, field) {
  let data = null;
  const isComplete = (result) => result.dataState === "complete" || result.data === undefined;
  client.watchQuery({ query, variables }).subscribe((result) => isComplete(result) && (data = result.data ?? null));
  await until(() => data !== null);
  return () => data?.[field];
}
const nodes = (list) => list().edges.map(({ node }) => node);
const mutate = async (mutation, input) => {
  const [payload] = Object.values((await client.mutate({ mutation, variables: { input } })).data);
  assert.deepEqual(payload.errors, []);
  return payload;
};

const CREATE = gql`
  mutation Create($input: CreateCampaignInput!) { createCampaign(input: $input) { campaign { id } errors { message } } }
`;
const RENAME = gql`
  mutation Rename($input: UpdateCampaignInput!) { updateCampaign(input: $input) { errors { message } } }
`;
const DELETE = gql`
  mutation Delete($input: DeleteCampaignInput!) { deleteCampaign(input: $input) { errors { message } } }
`;
const CAMPAIGN = gql`query Campaign($id: ID!) { campaign(id: $id) { id name status } }`;
const CAMPAIGN_CHANGED = gql`subscription CampaignChanged($id: ID!) { campaignChanged(id: $id) { id name status } }`;

const { campaign } = await mutate(CREATE, { name: `Live ${Date.now()}` });
const id = campaign.id;
const shown = await watched(CAMPAIGN, { id }, "campaign");
let events = 0;
let isDeleted = false;
client.subscribe({ query: CAMPAIGN_CHANGED, variables: { id } }).subscribe({
  next: () => (events += 1),
  complete() {
    isDeleted = true;
    client.cache.evict({ id: client.cache.identify({ __typename: "Campaign", id }) });
    client.cache.gc();
  },
});
await until(() => events === 1); // the present state comes first
await mutate(RENAME, { id, name: `Renamed ${Date.now()}` });
await until(() => shown().name.startsWith("Renamed"));
await mutate(DELETE, { id });
await until(() => isDeleted);

const JOBS = gql`query Jobs { jobs(first: 10) { edges { cursor node { id kind status progress } } pageInfo { endCursor } } }`;
const JOBS_CHANGED = gql`subscription JobsChanged { jobsChanged { id kind status progress } }`;
const EXPORT = gql`
  mutation Export($input: ExportContactsInput!) { exportContacts(input: $input) { job { id } errors { message } } }
`;
const jobs = await watched(JOBS, {}, "jobs");
const showJob = whenNew(() => client.refetchQueries({ include: ["Jobs"] }));
const MESSAGES = gql`
  query Messages($phone: PhoneNumber!) {
    messages(phone: $phone, first: 10) { edges { cursor node { id body status } } pageInfo { endCursor } }
  }
`;
const MESSAGE_RECORDED = gql`
  subscription MessageRecorded($phone: PhoneNumber!) { messageRecorded(phone: $phone) { id body status } }
`;
const RECORD = gql`
  mutation Record($input: RecordMessagesInput!) { recordMessages(input: $input) { summary { failed } errors { message } } }
`;
const phone = `+25475${String(Date.now()).slice(-7)}`;
const messages = await watched(MESSAGES, { phone }, "messages");
const showMessage = whenNew(() => client.refetchQueries({ include: ["Messages"] }));
client.subscribe({ query: JOBS_CHANGED }).subscribe(({ data }) => showJob(data?.jobsChanged));
client
  .subscribe({ query: MESSAGE_RECORDED, variables: { phone } })
  .subscribe(({ data }) => showMessage(data?.messageRecorded));

// ------------------------------------------------------------------ urql

function forget(cache, field) {
  for (const { fieldName, fieldKey } of cache.inspectFields("Query")) {
    if (fieldName === field) cache.invalidate("Query", fieldKey);
  }
}

function forgetWhenNew(name, field) {
  const seen = new Set();
  return (result, _args, cache) => {
    if (seen.has(result[name].id)) return; // the cache has its new fields already
    seen.add(result[name].id);
    forget(cache, field);
  };
}

const urql = new Client({
  url,
  preferGetMethod: false,
  fetchOptions: () => ({ headers: { Authorization } }),
  exchanges: [
    cacheExchange({
      resolvers: { Query: { jobs: relayPagination(), messages: relayPagination() } },
      updates: {
        Subscription: {
          jobsChanged: forgetWhenNew("jobsChanged", "jobs"),
          messageRecorded: forgetWhenNew("messageRecorded", "messages"),
        },
      },
    }),
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, variables }, sink) }),
      }),
    }),
  ],
});
const seenByUrql = {};
for (const [query, variables] of [[JOBS, {}], [MESSAGES, { phone }]]) {
  urql.query(query, variables).subscribe(({ data, error }) => {
    assert.equal(error, undefined);
    Object.assign(seenByUrql, data);
  });
}
urql.subscription(JOBS_CHANGED, {}).subscribe(() => {});
urql.subscription(MESSAGE_RECORDED, { phone }).subscribe(() => {});
await until(() => seenByUrql.jobs && seenByUrql.messages);

// ------------------------------------------------------------------ both

await new Promise((resolve) => setTimeout(resolve, 500)); // until the subscriptions are active
const { job } = await mutate(EXPORT, {});
const isDone = (list) => list.some((one) => one.id === job.id && one.status === "COMPLETED");
await until(() => isDone(nodes(jobs)));
await until(() => isDone(nodes(() => seenByUrql.jobs)));

const report = { phone, direction: "OUTBOUND", body: "Hello", externalId: phone };
await mutate(RECORD, { messages: [report] });
const has = (list, status) => list.some((one) => one.body === "Hello" && one.status === status);
await until(() => has(nodes(messages), "SENT") && has(nodes(() => seenByUrql.messages), "SENT"));
await mutate(RECORD, { messages: [{ ...report, status: "DELIVERED" }] });
await until(() => has(nodes(messages), "DELIVERED") && has(nodes(() => seenByUrql.messages), "DELIVERED"));
client.stop();
console.log("Live changes: a campaign until its deletion, a job and a message, with Apollo Client and urql");
process.exit();
