import { ApolloProvider } from "@apollo/client/react";
import type { ApolloClient } from "@apollo/client";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";
import { connect } from "./client";
import { Contacts } from "./Contacts";
import { Import } from "./Import";
import { Review } from "./Review";

function App() {
  const [client, setClient] = useState<ApolloClient>();
  if (client) {
    return (
      <ApolloProvider client={client}>
        <Import />
        <Review />
        <Contacts />
      </ApolloProvider>
    );
  }
  const signIn = (form: FormData) => setClient(connect(String(form.get("server")), String(form.get("token"))));
  return (
    <form action={signIn}>
      <label>
        Server <input name="server" defaultValue="http://127.0.0.1:8000/graphql" required />
      </label>
      <label>
        Token <input name="token" type="password" required />
      </label>
      <button>Sign in</button>
    </form>
  );
}

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
