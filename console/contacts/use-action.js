// Runs the action of a dialog once, and closes it if the action succeeded.
import { useState } from "../base/html.js";

/** Returns [isBusy, run]. `run` takes an async function that returns whether the action is done. */
export function useAction(onClose) {
  const [isBusy, setBusy] = useState(false);
  const run = async (action) => {
    if (isBusy) return;
    setBusy(true);
    const isDone = await action();
    setBusy(false);
    if (isDone) onClose(true);
  };
  return [isBusy, run];
}
