// What is done with a selection: {rows} of the table, or {filter, count} for all that match. Each ends with a notice.
import { mutate, request } from "../base/client.js";
import { confirmed } from "../base/dialogs.js";
import { downloadFrom } from "../base/download.js";
import { counted } from "../base/format.js";
import { followed } from "../base/jobs.js";
import { act, problem, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { texts } from "../texts.js";

const words = texts.contacts.actions;
const OPT_OUTS_AT_ONCE = 1_000;
const OPT_INS_TO_UNDO = 100;

export const sizeOf = ({ rows, count }) => rows?.length ?? count;
const inputOf = ({ rows, filter, count }) =>
  rows ? { ids: rows.map((row) => row.id) } : { matching: { filter, expectedCount: count } };

/** Runs a bulk mutation to its end, also as a job. Returns its payload with the `count`, or null if it failed. */
async function run(name, input, text) {
  const payload = await act(name, input);
  if (!payload?.job) return payload;
  const job = await followed(payload.job.id, text);
  return job && { ...payload, count: job.doneRowCount, isJob: true };
}

/** Adds and removes tags. Undo needs to know which contacts each tag changed. */
export async function tag(selection, add, remove) {
  const steps = selection.rows ? [...add.map((one) => ({ add: [one] })), ...remove.map((one) => ({ remove: [one] }))] : [{ add, remove }];
  const isExact = Boolean(selection.rows) || add.length + remove.length === 1;
  const undone = [];
  let most = 0;
  for (const step of steps) {
    const payload = await run("contacts/tag", { contacts: inputOf(selection), ...step }, words.tagging);
    if (!payload) return false;
    most = Math.max(most, payload.count);
    if (isExact && payload.contactIds.length === payload.count)
      undone.push({ contacts: { ids: payload.contactIds }, add: step.remove ?? [], remove: step.add ?? [] });
  }
  const undo = async () => {
    for (const input of undone) if (input.contacts.ids.length && !(await act("contacts/tag", input))) return;
    toast(words.undone);
  };
  toast(words.tagged(counted(most, "contact")), undone.length === steps.length && most > 0 ? { undo } : {});
  return true;
}

/** Adds to a list, or removes from it. Undo leaves out those whose membership the action did not change. */
export async function changeList(selection, list, isAdding) {
  const names = isAdding ? ["contacts/add-to-list", "contacts/remove-from-list"] : ["contacts/remove-from-list", "contacts/add-to-list"];
  const changed = selection.rows?.filter((row) => row.lists.some((one) => one.id === list.id) !== isAdding).map((row) => row.id);
  const payload = await run(names[0], { listId: list.id, contacts: inputOf(selection) }, words.listing);
  if (!payload) return false;
  const undo = async () => (await act(names[1], { listId: list.id, contacts: { ids: changed } })) && toast(words.undone);
  const text = isAdding ? words.addedToList : words.removedFromList;
  toast(text(counted(payload.count, "contact"), list.name), changed?.length && changed.length === payload.count ? { undo } : {});
  return true;
}

/** Sets the owner (an ID, null for none, undefined to leave it), and adds and removes assignees. */
export async function assign(selection, { ownerId, addAssigneeIds = [], removeAssigneeIds = [] }) {
  const change = {
    ...(ownerId !== undefined && { ownerId }),
    ...(addAssigneeIds.length && { addAssigneeIds }),
    ...(removeAssigneeIds.length && { removeAssigneeIds }),
  };
  const input = { contacts: inputOf(selection), ...change };
  let payload = await run("contacts/assign", input, words.assigning);
  if (!payload) return false;
  const kept = payload.conflictCount;
  if (kept > 0 && can.value.overrideProtection) {
    const question = { title: words.protectedTitle(kept), text: words.protectedText, action: words.override };
    if (await confirmed(question)) {
      const again = await run("contacts/assign", { ...input, overrideProtection: true }, words.assigning);
      if (again) payload = { ...again, count: payload.count + again.count, contactIds: [...payload.contactIds, ...again.contactIds] };
    }
  }
  const changed = selection.rows?.filter((row) => payload.contactIds.includes(row.id));
  const undo = async () => {
    let kept = 0;
    for (const step of backwards(changed, change)) {
      const reverted = await act("contacts/assign", step);
      if (!reverted) return;
      kept += reverted.conflictCount;
    }
    toast(kept ? words.kept(kept) : words.undone);
  };
  const text = words.assigned(counted(payload.count, "contact")) + (payload.conflictCount ? ` ${words.kept(payload.conflictCount)}` : "");
  toast(text, changed?.length ? { undo } : {});
  return true;
}

/** Returns the inputs that give each contact its owner and its assignees of before. */
function backwards(rows, { ownerId, addAssigneeIds = [], removeAssigneeIds = [] }) {
  const steps = [];
  const force = can.value.overrideProtection ? { overrideProtection: true } : {};
  const grouped = (rowsOf, change) => rowsOf.length && steps.push({ contacts: { ids: rowsOf.map((row) => row.id) }, ...change, ...force });
  if (ownerId !== undefined)
    for (const before of new Set(rows.map((row) => row.owner?.id ?? null)))
      grouped(rows.filter((row) => (row.owner?.id ?? null) === before), { ownerId: before });
  for (const id of addAssigneeIds)
    grouped(rows.filter((row) => !row.assignees.some((user) => user.id === id)), { removeAssigneeIds: [id] });
  for (const id of removeAssigneeIds)
    grouped(rows.filter((row) => row.assignees.some((user) => user.id === id)), { addAssigneeIds: [id] });
  return steps;
}

export async function optOut(selection, reason) {
  try {
    const phones = selection.rows?.map((row) => row.phone) ?? (await allPhones(selection.filter));
    const changed = [];
    for (let start = 0; start < phones.length; start += OPT_OUTS_AT_ONCE) {
      const input = { phones: phones.slice(start, start + OPT_OUTS_AT_ONCE), reason: reason || null };
      const payload = await mutate("contacts/opt-out", input);
      if (payload.errors.length) throw payload.errors[0];
      changed.push(...payload.results.map(({ optOut }) => optOut.phone));
    }
    const undo = async () => {
      for (const phone of changed) if (!(await act("contacts/opt-in", { phone, reason: words.undoReason }))) return;
      toast(words.undone);
    };
    toast(words.optedOut(counted(changed.length, "number")), changed.length && changed.length <= OPT_INS_TO_UNDO ? { undo } : {});
    return true;
  } catch (error) {
    problem(error);
    return false;
  }
}

async function allPhones(filter) {
  const phones = [];
  for (let after = null, hasMore = true; hasMore; ) {
    const { contacts } = await request("contacts/phones", { filter, after });
    phones.push(...contacts.nodes.map((row) => row.phone));
    ({ endCursor: after, hasNextPage: hasMore } = contacts.pageInfo);
  }
  return phones;
}

export async function trash(selection) {
  const payload = await run("contacts/trash", { contacts: inputOf(selection) }, words.trashing);
  if (!payload) return false;
  const undo = async () => (await act("contacts/restore", { contacts: { ids: payload.contactIds } })) && toast(words.undone);
  const isKnown = payload.contactIds.length > 0 && payload.contactIds.length === payload.count;
  toast(words.trashed(counted(payload.count, "contact")), isKnown ? { undo } : {});
  return true;
}

/** Makes a file, and downloads it. `columns` null means all. */
export async function exportFile(selection, format, columns) {
  const filter = selection.rows ? { ids: selection.rows.map((row) => row.id) } : selection.filter;
  const payload = await act("contacts/export", { filter, format, columns, waitSeconds: 0 });
  const job = payload && (await followed(payload.job.id, words.exporting));
  if (!job) return false;
  downloadFrom(job.downloadUrl, job.fileName);
  toast(words.exported(counted(sizeOf(selection), "contact")));
  return true;
}
