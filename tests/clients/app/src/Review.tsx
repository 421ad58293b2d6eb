import { useMutation, useQuery } from "@apollo/client/react";
import { useState } from "react";
import { graphql } from "./gql";
import type { ReviewMutation } from "./gql/graphql";

type Reviewed = NonNullable<NonNullable<ReviewMutation["validateCampaignContacts"]>["review"]>;

const CAMPAIGNS = graphql(`
  query Campaigns {
    campaigns(first: 100, statuses: [DRAFT]) { nodes { id name contactCount } }
  }
`);
const REVIEW = graphql(`
  mutation Review($campaignId: ID!, $contacts: [ReviewContactInput!]!) {
    validateCampaignContacts(input: { campaignId: $campaignId, contacts: $contacts }) {
      review {
        id
        counts { total newContacts existingContacts invalidContacts }
        entries(first: 100) {
          nodes { id index bucket phoneNumber isSelectable isSelectedByDefault error { message } }
        }
      }
      errors { code message path }
    }
  }
`);
const APPLY = graphql(`
  mutation Apply($reviewId: ID!, $indexes: [Int!]!) {
    applyCampaignReview(input: { reviewId: $reviewId, indexes: $indexes }) {
      summary { created failed }
      changed { index bucket }
      campaign { id contactCount }
      errors { code message path }
    }
  }
`);

export function Review() {
  const { data } = useQuery(CAMPAIGNS);
  const [validate, { data: validated, error }] = useMutation(REVIEW);
  const payload = validated?.validateCampaignContacts;
  const problem = error ?? payload?.errors[0];
  const start = (form: FormData) => {
    const contacts = String(form.get("numbers")).split("\n").map((phoneNumber) => ({ phoneNumber }));
    void validate({ variables: { campaignId: String(form.get("campaign")), contacts } });
  };
  return (
    <section>
      <form action={start}>
        <label>
          Campaign{" "}
          <select name="campaign">
            {data?.campaigns?.nodes.map(({ id, name, contactCount }) => (
              <option key={id} value={id}>{`${name} (${contactCount})`}</option>
            ))}
          </select>
        </label>
        <label>
          Numbers <textarea name="numbers" required />
        </label>
        <button>Review</button>
      </form>
      {problem && <p role="alert">{problem.message}</p>}
      {payload?.review && <Entries key={payload.review.id} review={payload.review} />}
    </section>
  );
}

function Entries({ review }: { review: Reviewed }) {
  const entries = review.entries.nodes;
  const [chosen, setChosen] = useState(
    () => new Set(entries.filter((entry) => entry.isSelectedByDefault).map(({ index }) => index)),
  );
  const [apply, { data }] = useMutation(APPLY);
  const payload = data?.applyCampaignReview;
  const toggle = (index: number) => {
    const next = new Set(chosen);
    if (!next.delete(index)) next.add(index);
    setChosen(next);
  };
  return (
    <div id="review">
      {entries.map((entry) => (
        <p key={entry.id}>
          <label>
            <input
              type="checkbox"
              disabled={!entry.isSelectable}
              checked={chosen.has(entry.index)}
              onChange={() => toggle(entry.index)}
            />
            {entry.phoneNumber} {entry.bucket} {entry.error?.message}
          </label>
        </p>
      ))}
      <button onClick={() => void apply({ variables: { reviewId: review.id, indexes: [...chosen] } })}>Add</button>
      {payload?.errors.map(({ message }) => <p role="alert" key={message}>{message}</p>)}
      {payload?.summary && <p role="status">{payload.summary.created} added</p>}
    </div>
  );
}
