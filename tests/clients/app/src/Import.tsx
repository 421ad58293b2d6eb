import { useMutation, useSubscription } from "@apollo/client/react";
import { useState } from "react";
import { graphql } from "./gql";

const IMPORT = graphql(`
  mutation Import($file: Upload!) {
    importContacts(input: { file: $file, waitSeconds: 0 }) {
      job { id }
      errors { code message path }
    }
  }
`);
const PROGRESS = graphql(`
  subscription Progress($id: ID!) {
    jobProgress(id: $id) {
      id
      status
      progress
      summary { created skipped rejected }
      error { message }
    }
  }
`);

export function Import() {
  const [upload, { data, error }] = useMutation(IMPORT);
  const payload = data?.importContacts;
  const problem = error ?? payload?.errors[0];
  return (
    <section>
      <label>
        Import <input type="file" onChange={({ target }) => void upload({ variables: { file: target.files![0]! } })} />
      </label>
      {problem && <p role="alert">{problem.message}</p>}
      {payload?.job && <Progress key={payload.job.id} id={payload.job.id} />}
    </section>
  );
}

function Progress({ id }: { id: string }) {
  const [seen, setSeen] = useState(0);
  const onData = () => setSeen((count) => count + 1);
  const { data, error } = useSubscription(PROGRESS, { variables: { id }, onData });
  const job = data?.jobProgress;
  return (
    <p id="job" data-seen={seen}>
      <progress value={job?.progress ?? undefined} /> <span>{job?.status}</span>{" "}
      {job?.summary && `${job.summary.created} created, ${job.summary.rejected} rejected`} {(error ?? job?.error)?.message}
    </p>
  );
}
