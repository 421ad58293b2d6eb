// The recipe of docs/clients.md: a cache, idempotency keys on retries, trusted documents, uploads and a WebSocket.
import { ApolloClient, ApolloLink, InMemoryCache } from "@apollo/client";
import { SetContextLink } from "@apollo/client/link/context";
import { RetryLink } from "@apollo/client/link/retry";
import { relayStylePagination } from "@apollo/client/utilities";
import UploadHttpLink from "apollo-upload-client/UploadHttpLink.mjs";
import { OperationTypeNode, type DocumentNode } from "graphql";
import { createClient } from "graphql-ws";
import { Observable } from "rxjs";
import possibleTypes from "./possible-types.json";

export function connect(uri: string, token: string): ApolloClient {
  const Authorization = `Bearer ${token}`;
  const socket = createClient({
    url: uri.replace(/^http/, "ws"),
    connectionParams: { Authorization },
    retryAttempts: Infinity,
    on: { connected: (_socket, _payload, wasRetry) => wasRetry && void client.refetchQueries({ include: "active" }) },
  });
  const authorization = new SetContextLink(({ headers }) => ({
    headers: { ...headers, Authorization, "Apollo-Require-Preflight": "true" },
  }));
  // One key for each mutation. The link is before the retries, so that all attempts have the same key.
  const idempotency = new SetContextLink(({ headers }, { operationType }) =>
    operationType === OperationTypeNode.MUTATION
      ? { headers: { ...headers, "Idempotency-Key": crypto.randomUUID() } }
      : {},
  );
  const trusted = new ApolloLink((operation, forward) => {
    Object.assign(operation.extensions, persisted(operation.query));
    operation.setContext({ http: { includeQuery: false, includeExtensions: true } });
    return forward(operation);
  });
  // GraphQLWsLink would send the text as Apollo prints it, which is not the text of the trusted document.
  const live = new ApolloLink(
    ({ query, operationName, variables }) =>
      new Observable((observer) => {
        const payload = { query: "", operationName, variables, extensions: persisted(query) };
        return socket.subscribe(payload, observer as Parameters<typeof socket.subscribe>[1]);
      }),
  );
  const http = ApolloLink.from([
    idempotency,
    new RetryLink({ attempts: { max: 5 } }),
    authorization,
    trusted,
    new UploadHttpLink({ uri }),
  ]);
  const client = new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      live,
      http,
    ),
    cache: new InMemoryCache({
      ...possibleTypes,
      typePolicies: {
        Query: { fields: { contacts: relayStylePagination(["filter", "orderBy"]) } },
        Tag: { keyFields: ["name"] },
      },
    }),
  });
  return client;
}

/** Names a generated document by its hash. */
function persisted(document: DocumentNode) {
  const { __meta__ } = document as unknown as { __meta__: { hash: string } };
  return { persistedQuery: { version: 1, sha256Hash: __meta__.hash } };
}
