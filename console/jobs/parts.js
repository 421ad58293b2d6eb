// What the list of jobs and the page of one share: the name of a job, its state, Stop, and the download.
import { request } from "../base/client.js";
import { confirmed } from "../base/dialogs.js";
import { downloadFrom } from "../base/download.js";
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { act, problem, toast } from "../base/toasts.js";
import { Badge } from "../components/chip.js";
import { Progress, told } from "../components/progress.js";
import { texts } from "../texts.js";

const words = texts.jobsScreen;
const TONES = { COMPLETED: "good", FAILED: "danger", CANCELLED: "neutral", QUEUED: "neutral", RUNNING: "accent" };

export const isOpen = ({ status }) => status === "QUEUED" || status === "RUNNING";

export const nameOf = (job) => words.names[job.isDryRun ? "DRY_RUN" : job.kind](job.fileName);

/** The screen of a job: imports have one with the way to mend their rows. */
export const jobAddress = ({ id, kind }) => address(kind === "IMPORT" ? `/imports/${id}` : `/jobs/${id}`);

export const State = ({ job }) =>
  job.status === "RUNNING"
    ? html`<${Progress} label=${nameOf(job)} value=${job.progress}>${told(job)}<//>`
    : html`<${Badge} tone=${TONES[job.status]}>${words.statuses[job.status]}<//>`;

/** Asks, and stops a job. Calls `stopped` with the change of it. */
export async function stop(job, stopped) {
  if (!(await confirmed({ ...words.stopping(nameOf(job)), isDangerous: true }))) return;
  const payload = await act("jobs/cancel", { id: job.id });
  if (!payload) return;
  if (payload.job) stopped(payload.job);
  toast(words.stopped);
}

/** Downloads a job's file by a new link, because links work for an hour only. */
export async function download(id) {
  try {
    const { job } = await request("base/job", { id });
    if (job?.downloadUrl) downloadFrom(job.downloadUrl);
    else problem({ message: words.noFile });
  } catch (error) {
    problem(error);
  }
}
