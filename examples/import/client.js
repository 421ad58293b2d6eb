// Client for Muster in a page: operations, operations with a file, and subscriptions. It needs no library.
const URL_OF_API = new URL("/graphql", window.location.href);

/** Returns the data of an operation. Throws an Error with the server's messages. */
export async function request(query, variables, token) {
  const response = await fetch(URL_OF_API, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", Authorization: `Bearer ${token}` },
    body: JSON.stringify({ query, variables }),
  });
  return dataOf(await response.text());
}

/**
 * Sends an operation with a file as a GraphQL multipart request, and returns its data. The variables must be null at
 * `path`. It calls `onProgress` with the fraction of the file that was sent, which fetch can't report.
 */
export function upload(query, variables, path, file, token, onProgress) {
  const form = new FormData();
  form.append("operations", JSON.stringify({ query, variables }));
  form.append("map", JSON.stringify({ 0: [path] }));
  form.append("0", file);
  return new Promise((resolve, reject) => {
    const sending = new XMLHttpRequest();
    sending.open("POST", URL_OF_API);
    sending.setRequestHeader("Accept", "application/json");
    sending.setRequestHeader("Authorization", `Bearer ${token}`);
    sending.setRequestHeader("GraphQL-Preflight", "1");
    sending.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    sending.onerror = () => reject(new Error("The server can't be reached, or refused the file."));
    sending.onload = () => {
      try {
        resolve(dataOf(sending.responseText));
      } catch (error) {
        reject(error);
      }
    };
    sending.send(form);
  });
}

/**
 * Yields the data of each event, by graphql-transport-ws. It reconnects after a lost connection. A subscription to a
 * job begins with the job's present state, so no state is missed.
 */
export async function* subscribe(query, variables, token) {
  for (let attempt = 0; ; attempt += 1) {
    const events = queue();
    const socket = new WebSocket(URL_OF_API.href.replace(/^http/, "ws"), "graphql-transport-ws");
    const send = (message) => socket.send(JSON.stringify(message));
    socket.onopen = () => send({ type: "connection_init", payload: { Authorization: `Bearer ${token}` } });
    socket.onclose = (event) => events.push({ type: "closed", event });
    socket.onmessage = ({ data }) => {
      const message = JSON.parse(data);
      if (message.type === "connection_ack") send({ id: "1", type: "subscribe", payload: { query, variables } });
      else if (message.type === "ping") send({ type: "pong" });
      else events.push(message);
    };
    try {
      for (;;) {
        const message = await events.next();
        if (message.type === "complete") return;
        if (message.type === "error") throw new Error(wordsOf(message.payload));
        if (message.type === "closed") {
          if (message.event.code >= 4400 || attempt >= 10) {
            throw new Error(message.event.reason || "The connection was lost.");
          }
          break;
        }
        if (message.type === "next") {
          attempt = 0;
          yield dataIn(message.payload);
        }
      }
    } finally {
      socket.onclose = null;
      socket.close();
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(250 * 2 ** attempt, 5000)));
  }
}

/** Returns a queue: one side pushes values, and the other side awaits them. */
function queue() {
  const waiting = [];
  let wake = () => {};
  return {
    push(value) {
      waiting.push(value);
      wake();
    },
    async next() {
      while (!waiting.length) await new Promise((resolve) => (wake = resolve));
      return waiting.shift();
    },
  };
}

function dataOf(text) {
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Error("The server's answer is not JSON.");
  }
  return dataIn(answer);
}

function dataIn(answer) {
  if (answer.errors) throw new Error(wordsOf(answer.errors));
  return answer.data;
}

function wordsOf(errors) {
  return errors.map((error) => error.message).join(" ");
}
