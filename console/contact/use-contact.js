// A contact, as the server tells its changes, and edits of its fields that overwrite no edit of another person.
import { mutate } from "../base/client.js";
import { useQuery, useSubscription } from "../base/hooks.js";
import { useRef } from "../base/html.js";

const MOST_ATTEMPTS = 3;

/** Returns {contact, error, isLoading, reload, save}. `contact` is undefined until it is loaded, and null if there is none. */
export function useContact(id) {
  const { data, error, isLoading, reload, set } = useQuery("contact/contact", { id });
  const latest = useRef(null);
  latest.current = data?.contact ?? latest.current;
  const show = (contact) => {
    if (!latest.current || contact.version >= latest.current.version) set(() => ({ contact }));
  };
  const take = ({ contactChanged: { kind, contact } }) => {
    if (contact) show(contact);
    else if (kind === "BULK" || kind === "PURGED") reload();
  };
  useSubscription("contact/changed", { filter: { ids: [id], state: "ANY" } }, take, { resumed: reload });

  /**
   * Saves changed fields. `base` is the contact that the person saw when they began. If somebody else changed other fields
   * since, the edit is sent again; if they changed the same field, nothing is saved, and the error STALE has `theirs`.
   */
  const save = async (change, base) => {
    let seen = base;
    for (let attempt = 1; ; attempt++) {
      const input = { contact: { id }, expectedVersion: seen.version, ...change };
      const { contact, errors } = await mutate("contact/update", input);
      const stale = errors.find((one) => one.code === "STALE");
      if (contact) show(contact);
      if (!stale?.contact) return errors;
      show(stale.contact);
      if (attempt === MOST_ATTEMPTS || isOverlapping(change, seen, stale.contact)) return [{ ...stale, theirs: stale.contact }];
      seen = stale.contact;
    }
  };
  return { contact: data?.contact, error, isLoading, reload, save };
}

const isOverlapping = ({ customVariables = {}, ...fields }, before, after) =>
  Object.keys(fields).some((name) => before[name] !== after[name]) ||
  Object.keys(customVariables).some((label) => before.customVariables[label] !== after.customVariables[label]);
