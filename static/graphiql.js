// Starts GraphiQL on the page that web/graphiql.html describes.
"use strict";

const settings = JSON.parse(document.getElementById("settings").textContent);
const demoHeaders = settings.token ? { Authorization: `Bearer ${settings.token}` } : {};
const headersText = settings.token
  ? JSON.stringify(demoHeaders, null, 2)
  : JSON.stringify({ Authorization: "Bearer <token>" }, null, 2);
const shared = new URLSearchParams(window.location.search);

// What the headers editor says comes first; a tab whose headers were not kept falls back on the demo's token.
const send = GraphiQL.createFetcher({
  url: window.location.pathname,
  headers: demoHeaders,
  subscriptionUrl: window.location.origin.replace(/^http/, "ws") + window.location.pathname,
  wsConnectionParams: demoHeaders,
});

// The schema is no secret: the documentation works before there is a token.
function fetcher(parameters, options) {
  if (parameters.operationName === "IntrospectionQuery") {
    return fetch("/schema.json").then((response) => response.json());
  }
  return send(...ofTheText(parameters, options));
}

// For a moment behind a change of tabs or a paste, GraphiQL still has the name and kind of the operation before.
function ofTheText(parameters, options) {
  let documentAST;
  try {
    documentAST = GraphiQL.GraphQL.parse(parameters.query);
  } catch {
    return [parameters, options]; // the server tells what is wrong with it
  }
  const operations = documentAST.definitions.filter((definition) => definition.kind === "OperationDefinition");
  const operationName = operations.length === 1 ? operations[0].name?.value : parameters.operationName;
  return [{ ...parameters, operationName }, { ...options, documentAST }];
}

const examples = settings.tabs.map((tab) => ({ ...tab, headers: headersText }));
const given = shared.has("query") && {
  query: shared.get("query"),
  variables: shared.get("variables") ?? "",
  headers: headersText,
};
const defaultTabs = given ? [given, ...examples] : examples;

function isFirstVisit() {
  try {
    return window.localStorage.getItem("graphiql:tabState") === null;
  } catch {
    return true;
  }
}

// GraphiQL takes the first tab's variables from its properties alone.
const shown = given || (isFirstVisit() && defaultTabs[0]);
const first = shown ? { query: shown.query, variables: shown.variables } : {};

ReactDOM.createRoot(document.getElementById("graphiql")).render(
  React.createElement(GraphiQL, {
    fetcher,
    ...first,
    defaultTabs,
    defaultHeaders: headersText,
    defaultEditorToolsVisibility: settings.token ? "variables" : "headers",
    plugins: [GraphiQLPluginExplorer.explorerPlugin()],
    inputValueDeprecation: true,
    isHeadersEditorEnabled: true,
    shouldPersistHeaders: false,
    defaultTheme: "light",
  }),
);
