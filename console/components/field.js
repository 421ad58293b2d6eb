// A labelled input with a hint and errors, which a screen reader reads with it.
import { html, useId } from "../base/html.js";

/** `errors` are those of the API for this field. `children`, a function of the input's attributes, replaces the text input. */
export function Field({ label, hint, errors = [], value, onInput, children, isLong = false, isOptional = false, ...input }) {
  const id = useId();
  const told = [hint && `${id}-hint`, errors.length && `${id}-errors`].filter(Boolean).join(" ");
  const attributes = { id, "aria-describedby": told || undefined, "aria-invalid": errors.length ? "true" : undefined, ...input };
  const text = { ...attributes, value: value ?? "", onInput: (event) => onInput(event.target.value) };
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      ${children?.(attributes) ?? (isLong ? html`<textarea rows="4" ...${text} />` : html`<input type="text" ...${text} />`)}
      ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
      ${errors.length > 0 && html`<p class="field-error" id=${`${id}-errors`}>${errors.map((one) => one.message).join(" ")}</p>`}
    </div>
  `;
}

/** Returns the errors of a payload whose path ends in a field, such as firstName, or begins below it. */
export const errorsOf = (errors, name) => errors.filter((error) => error.path.includes(name));

/** Returns the errors that none of the fields shows. */
export const otherErrors = (errors, names) => errors.filter((error) => !error.path.some((part) => names.includes(part)));
