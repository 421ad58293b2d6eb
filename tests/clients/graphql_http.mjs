// The audits of graphql-http: what GraphQL over HTTP demands and recommends.
import { auditServer } from "graphql-http";

const { URL: url, TOKEN: token } = process.env;
const fetchFn = (target, options = {}) =>
  fetch(target, { ...options, headers: { ...options.headers, Authorization: `Bearer ${token}` } });

const results = await auditServer({ url, fetchFn });
const failed = results.filter((result) => result.status !== "ok");
for (const { id, name, reason } of failed) console.error(`${id} ${name}: ${reason}`);
console.log(`graphql-http: ${results.length - failed.length} of ${results.length} audits`);
process.exitCode = failed.length ? 1 : 0;
