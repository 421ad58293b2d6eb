// Questions to the user that code can wait for.
import { signal } from "@preact/signals";

/** The open question, or null. The shell shows it. */
export const question = signal(null);

/** Asks, and returns a promise of whether the user chose the action. `isDangerous` makes its button red. */
export function confirmed({ title, text, action, isDangerous = false }) {
  return new Promise((resolve) => {
    const answer = (isChosen) => {
      question.value = null;
      resolve(isChosen);
    };
    question.value = { title, text, action, isDangerous, answer };
  });
}
