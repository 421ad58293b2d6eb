// Changes of a tag on all contacts that have it: a new name, or its removal.
import { followed } from "../base/jobs.js";
import { act, toast } from "../base/toasts.js";
import { texts } from "../texts.js";

const words = texts.tags;
const withTag = (name) => ({ matching: { filter: { allTags: [name] } } });

/** Adds and removes tags, and offers Undo if all changed contacts are known. `ended` is called after each change. */
async function change(contacts, { add = [], remove = [] }, told, ended, mayUndo = true) {
  const payload = await act("tags/change", { contacts, add, remove });
  if (!payload) return;
  const job = payload.job && (await followed(payload.job.id, words.working));
  if (payload.job && !job) return ended();
  const { count, contactIds: ids } = payload;
  const isKnown = mayUndo && count !== null && count > 0 && ids.length === count;
  const undo = () => change({ ids }, { add: remove, remove: add }, words.undone, ended, false);
  toast(told(job?.doneRowCount ?? count), { undo: isKnown ? undo : undefined });
  ended();
}

/** Gives a tag another name. If contacts have the other one already, nothing tells them apart afterwards, so there is no Undo. */
export const rename = (name, to, isKnownName, ended) =>
  change(withTag(name), { add: [to], remove: [name] }, (count) => words.renamed(name, to, count), ended, !isKnownName);

export const removeEverywhere = (name, ended) =>
  change(withTag(name), { remove: [name] }, (count) => words.removed(name, count), ended);
