// Node's fetch: keep-alive, compression, request bodies in pieces, and statuses by media type.
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";

const { URL: url, TOKEN: token } = process.env;
const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json", Accept: "application/json" };
const post = (body, more = {}) =>
  fetch(url, { method: "POST", headers: { ...headers, ...more }, body, duplex: "half" });
const query = JSON.stringify({ query: "{ contacts(first: 100) { nodes { id phone displayName email tags } } }" });

const packed = await post(query);
assert.equal(packed.headers.get("content-encoding"), "gzip");
const nodes = (await packed.json()).data.contacts.nodes;
assert.ok(nodes.length > 0);

const unpacked = await (await post(gzipSync(query), { "Content-Encoding": "gzip" })).json();
assert.deepEqual(unpacked.data.contacts.nodes, nodes);

const pieces = new ReadableStream({
  async start(controller) {
    for (const piece of [query.slice(0, 20), query.slice(20)]) {
      controller.enqueue(new TextEncoder().encode(piece));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    controller.close();
  },
});
assert.deepEqual((await (await post(pieces)).json()).data.contacts.nodes, nodes);

const statuses = [];
for (const Accept of ["application/json", "application/graphql-response+json"]) {
  for (const body of ["{", JSON.stringify({ query: "{" }), JSON.stringify({ query: "{ nothing }" })]) {
    statuses.push((await post(body, { Accept })).status);
  }
  statuses.push((await post(query, { Accept, Authorization: "Bearer nonsense" })).status);
}
assert.deepEqual(statuses, [400, 200, 200, 401, 400, 400, 400, 401]);
console.log(`fetch: ${nodes.length} contacts, compressed and in pieces`);
