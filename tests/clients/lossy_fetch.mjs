// A fetch that loses the first answer to a mutation: the server has run it, and the client can't know.
export function lossyFetch() {
  const keys = [];
  async function fetch(url, options) {
    const response = await globalThis.fetch(url, options);
    const key = new Headers(options.headers).get("idempotency-key");
    if (key !== null && keys.push(key) === 1) throw new TypeError("the connection was lost");
    return response;
  }
  return { fetch, keys };
}
