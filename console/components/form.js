// Forms whose values are the input of a mutation, with the API's errors beside the fields.
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";
import { Dialog } from "./dialog.js";
import { Icon } from "./icon.js";
import { Field, errorsOf, otherErrors } from "./field.js";

/**
 * `initial` has the values by their names in the API. `input` makes the mutation's input of them, and `onDone` gets its payload
 * and the values. Returns {values, set, field, choice, ticks, submit, isBusy, isChanged, problems}: `field`, `choice` and `ticks`
 * make the input of a name, where the options of a choice are [value, text], and `problems` shows the errors without one.
 */
export function useForm({ initial, document, input = (values) => values, onDone }) {
  const [values, setValues] = useState(initial);
  const [errors, setErrors] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const set = (name, value) => setValues((before) => ({ ...before, [name]: value }));
  const submit = async () => {
    setBusy(true);
    try {
      const payload = await mutate(document, input(values));
      setErrors(payload.errors);
      if (!payload.errors.length) onDone(payload, values);
    } catch (error) {
      setErrors([{ message: error.message, path: [] }]);
    }
    setBusy(false);
  };
  const field = (name, label, properties) => html`
    <${Field} label=${label} value=${values[name]} onInput=${(value) => set(name, value)} errors=${errorsOf(errors, name)} ...${properties} />
  `;
  const choice = (name, label, options, properties) => html`
    <${Field} label=${label} errors=${errorsOf(errors, name)} ...${properties}>
      ${(attributes) => html`
        <select ...${attributes} onChange=${(event) => set(name, event.target.value)}>
          ${options.map(([value, text]) => html`<option key=${value} value=${value} selected=${value === values[name]}>${text}</option>`)}
        </select>
      `}
    <//>
  `;
  const ticks = (name, label, options) => html`
    <${Ticks} label=${label} options=${options} chosen=${values[name]} onChange=${(chosen) => set(name, chosen)} errors=${errorsOf(errors, name)} />
  `;
  const problems = otherErrors(errors, Object.keys(initial)).map(
    (error) => html`<p class="form-problem" role="alert" key=${error.message}><${Icon} name="warning" />${error.message}</p>`,
  );
  return { values, set, field, choice, ticks, submit, isBusy, isChanged: JSON.stringify(values) !== JSON.stringify(initial), problems };
}

/** A form in a dialog. `children` is a function of the form, and `action` the text of its button. */
export function FormDialog({ title, action, onClose, isWide, isDangerous, children, ...options }) {
  const form = useForm(options);
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look=${isDangerous ? "danger" : "primary"} isBusy=${form.isBusy}>${action}<//>
  `;
  return html`
    <${Dialog} title=${title} onClose=${onClose} onSubmit=${form.submit} footer=${footer} isWide=${isWide}>
      ${children(form)}${form.problems}
    <//>
  `;
}

/** Ticks of several values. `options` are {value, label, hint}, and `errors` those of the field. */
export function Ticks({ label, options, chosen, onChange, errors = [] }) {
  const toggle = (value) => onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value]);
  return html`
    <fieldset class="ticks">
      <legend class="label">${label}</legend>
      <div class="ticks-grid">
        ${options.map(({ value, label: text, hint }) => html`
          <label class="check" key=${value}>
            <input type="checkbox" checked=${chosen.includes(value)} onChange=${() => toggle(value)} />
            <span>${text}${hint && html`<small>${hint}</small>`}</span>
          </label>
        `)}
      </div>
      ${errors.length > 0 && html`<p class="field-error" role="alert">${errors.map((one) => one.message).join(" ")}</p>`}
    </fieldset>
  `;
}
