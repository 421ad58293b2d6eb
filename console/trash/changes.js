// What the trash does to contacts: restore them, or delete them for good.
import { followed } from "../base/jobs.js";
import { act, toast } from "../base/toasts.js";
import { address } from "../base/router.js";
import { texts } from "../texts.js";

const words = texts.trash;

/** Runs a mutation. Returns {count, ids, conflicts, conflictCount}, or null if it failed. A large one is followed as a job. */
async function run(document, input, working) {
  const payload = await act(document, input);
  if (!payload) return null;
  const { count, contactIds: ids, conflicts = [], conflictCount = 0 } = payload;
  if (!payload.job) return { count, ids, conflicts, conflictCount };
  const job = await followed(payload.job.id, working);
  return job && { count: null, ids: [], conflicts: [], conflictCount: 0, job };
}

/** Restores contacts. `onConflicts` gets those that can't be, and `ended` is called after each change. */
export async function restore(contacts, onConflicts, ended) {
  const done = await run("trash/restore", { contacts }, words.restoring);
  ended();
  if (!done) return;
  if (done.conflictCount) onConflicts(done);
  if (done.job) return toast(words.jobDone, { href: address(`/jobs/${done.job.id}`), hrefText: words.seeJob });
  if (!done.count) return;
  const undo = async () => {
    await run("contacts/trash", { contacts: { ids: done.ids } }, words.trashing);
    ended();
  };
  toast(words.restored(done.count), { undo: done.ids.length === done.count ? undo : undefined });
}

export async function purge(contacts, optOut, ended) {
  const done = await run("trash/purge", { contacts, optOut }, words.purging);
  ended();
  if (done) toast(done.job ? words.jobDone : words.purged(done.count));
}
