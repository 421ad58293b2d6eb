// Relay's compiler: the schema has what connections, nodes and refetching need.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, writeFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

const directory = mkdtempSync(join(tmpdir(), "relay-"));
mkdirSync(join(directory, "src"));
const schema = await (await fetch(process.env.URL.replace(/graphql$/, "schema.graphql"))).text();
writeFileSync(join(directory, "muster.graphql"), schema);
writeFileSync(
  join(directory, "relay.config.json"),
  JSON.stringify({ src: "./src", schema: "./muster.graphql", language: "javascript", eagerEsModules: true }),
);
writeFileSync(
  join(directory, "src", "Contacts.js"),
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
  }\`;`,
);
const done = spawnSync(createRequire(import.meta.url)("relay-compiler"), [], { cwd: directory, encoding: "utf8" });
assert.equal(done.status, 0, done.stdout + done.stderr);
const made = readdirSync(join(directory, "src", "__generated__"));
assert.equal(made.length, 6, String(made));
console.log(`relay-compiler: ${made.length} artifacts`);
