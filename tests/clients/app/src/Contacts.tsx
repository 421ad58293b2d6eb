import { useMutation, useQuery, useSubscription } from "@apollo/client/react";
import { useEffect, useRef, useState } from "react";
import { graphql } from "./gql";
import type { ContactsQuery } from "./gql/graphql";

type Contact = ContactsQuery["contacts"]["edges"][number]["node"];

const CONTACTS = graphql(`
  query Contacts($after: String) {
    contacts(first: 25, after: $after) {
      edges { cursor node { id displayName phone isOptedOut } }
      pageInfo { endCursor hasNextPage }
    }
  }
`);
const OPT_OUT = graphql(`
  mutation OptOut($phone: PhoneNumber!) {
    optOut(input: { phone: $phone, reason: "by phone" }) {
      contact { id isOptedOut }
      errors { code message path }
    }
  }
`);
const TRASH = graphql(`
  mutation Trash($ids: [ID!]!) {
    trashContacts(input: { contacts: { ids: $ids } }) {
      contactIds
      contactLists { id contactCount }
      errors { code message path }
    }
  }
`);
const RESTORE = graphql(`
  mutation Restore($ids: [ID!]!) {
    restoreContacts(input: { contacts: { ids: $ids } }) {
      contactIds
      conflicts { contact { id } }
      errors { code message path }
    }
  }
`);
const CHANGED = graphql(`
  subscription Changed {
    contactChanged(filter: { state: ACTIVE }) {
      kind
      contactId
      contact { id displayName phone isOptedOut }
    }
  }
`);

export function Contacts() {
  const { data, error, fetchMore } = useQuery(CONTACTS);
  const [trashed, setTrashed] = useState<string>();
  const [restore] = useMutation(RESTORE, { refetchQueries: [CONTACTS] });
  const { error: silent } = useSubscription(CHANGED, {
    onData({ client, data }) {
      const change = data.data?.contactChanged;
      if (!change || change.kind === "UPDATED") return; // the cache has the new fields already
      if (change.kind === "PURGED") client.cache.evict({ id: `Contact:${change.contactId}` });
      else void client.refetchQueries({ include: "active" });
    },
  });
  const problem = error ?? silent;
  if (problem) return <p role="alert">{problem.message}</p>;
  if (!data) return <p>Loading…</p>;
  const { edges, pageInfo } = data.contacts;
  const undo = async (id: string) => {
    await restore({ variables: { ids: [id] } });
    setTrashed(undefined);
  };
  return (
    <section>
      {trashed && (
        <p role="status">
          Moved to the trash. <button onClick={() => void undo(trashed)}>Undo</button>
        </p>
      )}
      <ul id="contacts">
        {edges.map(({ node }) => (
          <Row key={node.id} contact={node} onTrashed={setTrashed} />
        ))}
      </ul>
      {pageInfo.hasNextPage && (
        <More key={pageInfo.endCursor} load={() => void fetchMore({ variables: { after: pageInfo.endCursor } })} />
      )}
    </section>
  );
}

function Row({ contact, onTrashed }: { contact: Contact; onTrashed: (id: string) => void }) {
  const [problem, setProblem] = useState("");
  const [optOut] = useMutation(OPT_OUT, {
    optimisticResponse: {
      __typename: "Mutation",
      optOut: {
        __typename: "OptOutPayload",
        contact: { __typename: "Contact", id: contact.id, isOptedOut: true },
        errors: [],
      },
    },
    onCompleted: ({ optOut }) => setProblem(optOut?.errors[0]?.message ?? ""),
    onError: (error) => setProblem(error.message),
  });
  // Takes the contact out of the list on the screen, without reading the pages again.
  const [trash] = useMutation(TRASH, {
    update(cache, { data }) {
      const gone = new Set(data?.trashContacts?.contactIds);
      cache.modify<{ contacts: { edges: readonly { node: Contact }[] } }>({
        fields: {
          contacts: (found, { readField }) => {
            if (!("edges" in found)) return found;
            const isKept = ({ node }: { node: Contact }) => !gone.has(readField("id", node as never) as string);
            return { ...found, edges: found.edges.filter(isKept) };
          },
        },
      });
    },
    onCompleted: ({ trashContacts }) => trashContacts?.contactIds.forEach(onTrashed),
  });
  return (
    <li>
      <span>{contact.displayName}</span> <span>{contact.phone}</span> {contact.isOptedOut && <em>opted out</em>}{" "}
      <button disabled={contact.isOptedOut} onClick={() => void optOut({ variables: { phone: contact.phone } })}>
        Opt out
      </button>{" "}
      <button onClick={() => void trash({ variables: { ids: [contact.id] } })}>Trash</button>
      {problem && <p role="alert">{problem}</p>}
    </li>
  );
}

/** Loads the next page when it scrolls into view. */
function More({ load }: { load: () => void }) {
  const end = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && load());
    observer.observe(end.current!);
    return () => observer.disconnect();
  }, []);
  return <p ref={end}>Loading more…</p>;
}
