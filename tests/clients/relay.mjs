// Relay's compiler and its store, as in docs/clients.md: connections, nodes, refetching, the trash, trusted documents, and
// retries with an idempotency key.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import relay from "relay-runtime";
import { lossyFetch } from "./lossy_fetch.mjs";

const { URL: url, TOKEN: token } = process.env;
const directory = mkdtempSync(join(tmpdir(), "relay-"));
const source = (name) => join(directory, "src", name);
mkdirSync(source(""));
const schema = await (await fetch(url.replace(/graphql$/, "schema.graphql"))).text();
writeFileSync(join(directory, "muster.graphql"), schema);
writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
writeFileSync(
  join(directory, "relay.config.json"),
  JSON.stringify({
    src: "./src",
    schema: "./muster.graphql",
    language: "javascript",
    eagerEsModules: true,
    persistConfig: { file: "./documents.json" },
  }),
);
writeFileSync(join(directory, "documents.json"), "{}");
writeFileSync(
  source("Contacts.js"),
  `graphql\`
    fragment Contacts_list on Query
    @argumentDefinitions(first: { type: "Int", defaultValue: 25 }, after: { type: "String" })
    @refetchable(queryName: "ContactsPageQuery") {
      contacts(first: $first, after: $after) @connection(key: "Contacts_contacts") {
        edges { node { id ...Contacts_row } }
      }
    }\`;
  graphql\`fragment Contacts_row on Contact @refetchable(queryName: "ContactsRowQuery") { displayName phone tags }\`;
  graphql\`query ContactsQuery { ...Contacts_list }\`;
  graphql\`mutation ContactsTrashMutation($ids: [ID!]!, $connections: [ID!]!) {
    trashContacts(input: { contacts: { ids: $ids } }) {
      contactIds @deleteEdge(connections: $connections)
      errors { code message }
    }
  }\`;
  graphql\`query ContactsChangesQuery($after: String!) {
    changes(after: $after, kinds: [CONTACT]) { nodes { kind id object { ... on Contact { id displayName deletedAt } } } }
  }\`;
  graphql\`query ContactsCursorQuery { syncCursor }\`;`,
);
const done = spawnSync(createRequire(import.meta.url)("relay-compiler"), [], { cwd: directory, encoding: "utf8" });
assert.equal(done.status, 0, done.stdout + done.stderr);
const made = readdirSync(source("__generated__"));
assert.equal(made.length, 8, String(made));
for (const name of made) { // a bundler finds the files without their suffix; Node.js doesn't
  const path = source(`__generated__/${name}`);
  writeFileSync(path, readFileSync(path, "utf8").replace(/(from '\..*\.graphql)'/g, "$1.js'"));
}

// The server has read its trusted documents at its start. If these differ, copy the new ones and run this again.
const trusted = new URL("documents/relay.json", import.meta.url);
if (process.env.UPDATE) cpSync(join(directory, "documents.json"), trusted);
assert.deepEqual(JSON.parse(readFileSync(join(directory, "documents.json"))), JSON.parse(readFileSync(trusted)));

const lossy = lossyFetch();
async function send({ id, operationKind }, variables) {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  if (operationKind === "mutation") headers["Idempotency-Key"] = crypto.randomUUID();
  for (let attempt = 1; ; attempt++) {
    try {
      const body = JSON.stringify({ documentId: id, variables });
      return await (await lossy.fetch(url, { method: "POST", headers, body })).json();
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** attempt));
    }
  }
}
const environment = new relay.Environment({
  network: relay.Network.create(send),
  store: new relay.Store(new relay.RecordSource()),
  getDataID: (object, type) => (type === "Change" ? null : object.id), // a Change has the id of its object
});
const artifact = async (name) => (await import(source(`__generated__/${name}.graphql.js`))).default;
const edges = () => environment.lookup(fragment).data.contacts.edges.map(({ node }) => node.id);

const query = await artifact("ContactsQuery");
const operation = relay.createOperationDescriptor(query, {});
await relay.fetchQuery(environment, query, {}).toPromise();
environment.retain(operation);
const reference = environment.lookup(operation.fragment).data;
const fragment = relay.getSingularSelector(await artifact("Contacts_list"), reference);
assert.equal(edges().length, 25);

const more = relay.createOperationDescriptor(await artifact("ContactsPageQuery"), {
  after: environment.lookup(fragment).data.contacts.pageInfo.endCursor,
});
environment.retain(more);
await environment.execute({ operation: more }).toPromise();
assert.equal(new Set(edges()).size, 50);

const { syncCursor } = await relay.fetchQuery(environment, await artifact("ContactsCursorQuery"), {}).toPromise();
const [gone] = edges();
const connections = [relay.ConnectionHandler.getConnectionID("client:root", "Contacts_contacts")];
const mutation = await artifact("ContactsTrashMutation");
const answered = await new Promise((resolve, reject) =>
  relay.commitMutation(environment, {
    mutation,
    variables: { ids: [gone], connections },
    onCompleted: resolve,
    onError: reject,
  }),
);
assert.deepEqual(answered.trashContacts, { contactIds: [gone], errors: [] });
assert.deepEqual(lossy.keys, [lossy.keys[0], lossy.keys[0]]); // the first answer was lost
assert.ok(!edges().includes(gone) && edges().length === 49);

const changesQuery = await artifact("ContactsChangesQuery");
const { changes } = await relay.fetchQuery(environment, changesQuery, { after: syncCursor }).toPromise();
const change = changes.nodes.find(({ id }) => id === gone);
assert.deepEqual([change.kind, change.object.id, typeof change.object.deletedAt], ["CONTACT", gone, "string"]);
assert.equal(environment.getStore().getSource().get(gone).__typename, "Contact");
console.log(`Relay: ${made.length} artifacts, 2 pages, and a mutation sent twice that ran once, all by documentId`);
process.exit();
