// Receives the events of a webhook endpoint, verifies them and prints each one once.
// Run it with the endpoint's secret: WEBHOOK_SECRET=whsec_… node examples/webhook_receiver.mjs

import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const TOLERANCE_SECONDS = 300;
const key = Buffer.from((process.env.WEBHOOK_SECRET ?? "").replace(/^whsec_/, ""), "base64");
const known = new Set(); // a real receiver stores the ids in its database

function isGenuine(headers, body) {
  const timestamp = headers["webhook-timestamp"];
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) <= TOLERANCE_SECONDS;
  const signed = Buffer.concat([Buffer.from(`${headers["webhook-id"]}.${timestamp}.`), body]);
  const expected = Buffer.from(`v1,${createHmac("sha256", key).update(signed).digest("base64")}`);
  const signatures = (headers["webhook-signature"] ?? "").split(" ").map((one) => Buffer.from(one));
  return isRecent && signatures.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const body = Buffer.concat(parts);
  const isValid = isGenuine(request.headers, body);
  response.writeHead(isValid ? 204 : 401).end();
  const id = request.headers["webhook-id"];
  if (isValid && !known.has(id)) {
    known.add(id);
    const event = JSON.parse(body);
    console.log(event.type, JSON.stringify(event.data));
  }
}).listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
