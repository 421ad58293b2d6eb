// Background jobs: waits for their end, and shows their progress in a notice.
import { texts } from "../texts.js";
import { request } from "./client.js";
import { subscribe } from "./socket.js";
import { dismiss, problem, toast } from "./toasts.js";

/** Returns a promise of the job at its end. `onProgress` gets it each time that it changes. */
export function finished(id, onProgress = () => {}) {
  return new Promise((resolve, reject) => {
    let last = null;
    const end = () => request("base/job", { id }).then(({ job }) => resolve(job ?? last), reject);
    subscribe("base/job-progress", { id }, {
      next: ({ jobProgress }) => onProgress((last = jobProgress)),
      failed: reject,
      completed: end,
    });
  });
}

/** Shows a job's progress in a notice until it ends. Returns the job, or null if it did not complete. */
export async function followed(id, text) {
  const key = toast(text, { job: id, seconds: Infinity });
  try {
    const job = await finished(id);
    if (job.status === "COMPLETED") return job;
    problem(job.error ?? { message: texts.jobs.ended[job.status] });
  } catch (error) {
    problem(error);
  } finally {
    dismiss(key);
  }
  return null;
}
