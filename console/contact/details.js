// The fields of a contact, and its custom variables.
import { phone } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { problem, toast } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";
import { Editable } from "./editable.js";

const words = texts.contact;
const FIELDS = [
  { name: "phone", type: "tel", shown: phone, hint: words.phoneHint },
  { name: "firstName" },
  { name: "lastName" },
  { name: "name", hint: words.nameHint },
  { name: "email", type: "email" },
  { name: "companyName" },
  { name: "externalId" },
  { name: "senderNumber", type: "tel", shown: phone },
  { name: "notes", isLong: true },
];

export const Details = ({ contact, save, mayEdit }) => html`
  <section class="card" aria-label=${words.details}>
    <div class="card-head"><h2>${words.details}</h2></div>
    <dl class="card-body editables">
      ${FIELDS.map(({ name, shown, ...more }) => html`
        <${Editable} key=${name} label=${texts.fields[name]} contact=${contact} save=${save} mayEdit=${mayEdit} ...${more}
          read=${(one) => one[name]} change=${(value) => ({ [name]: value })} shown=${shown?.(contact[name])} />
      `)}
    </dl>
  </section>
`;

export function Variables({ contact, save, mayEdit }) {
  const [isAdding, setAdding] = useState(false);
  const labels = Object.keys(contact.customVariables).sort((one, other) => one.localeCompare(other));
  if (!labels.length && !mayEdit) return null;
  const remove = async (label) => {
    const before = contact.customVariables[label];
    try {
      const errors = await save({ customVariables: { [label]: null } }, contact);
      if (errors.length) return problem(errors[0]);
      toast(words.removed(label), { undo: () => save({ customVariables: { [label]: before } }, { ...contact, version: null }) });
    } catch (error) {
      problem(error);
    }
  };
  return html`
    <section class="card" aria-label=${words.variables}>
      <div class="card-head">
        <h2>${words.variables}</h2>
        ${mayEdit && html`<${Button} icon="plus" look="quiet" label=${words.addVariable} onClick=${() => setAdding(true)} />`}
      </div>
      ${isAdding && html`<${NewVariable} contact=${contact} save=${save} onClose=${() => setAdding(false)} />`}
      ${labels.length
        ? html`<dl class="card-body editables">
            ${labels.map((label) => html`
              <${Editable} key=${label} label=${label} contact=${contact} save=${save} mayEdit=${mayEdit}
                read=${(one) => one.customVariables[label]} change=${(value) => ({ customVariables: { [label]: value } })}
                onRemove=${() => remove(label)} />
            `)}
          </dl>`
        : html`<p class="card-body muted">${words.noVariables}</p>`}
    </section>
  `;
}

function NewVariable({ contact, save, onClose }) {
  const [label, setLabel] = useState("");
  const [value, setValue] = useState("");
  const [errors, setErrors] = useState([]);
  const submit = async (event) => {
    event.preventDefault();
    if (!label.trim() || !value.trim()) return setErrors([{ message: words.variableMissing }]);
    try {
      const found = await save({ customVariables: { [label.trim()]: value.trim() } }, contact);
      setErrors(found);
      if (!found.length) onClose();
    } catch (error) {
      problem(error);
    }
  };
  return html`
    <form class="card-body stack" onSubmit=${submit} onKeyDown=${(event) => event.key === "Escape" && onClose()}>
      <div class="two">
        <${Field} label=${words.variableLabel} value=${label} onInput=${setLabel} errors=${errors} maxlength="100" autofocus />
        <${Field} label=${words.variableValue} value=${value} onInput=${setValue} maxlength="2000" />
      </div>
      <div class="actions">
        <${Button} type="submit" look="primary">${texts.save}<//>
        <${Button} look="quiet" onClick=${onClose}>${texts.cancel}<//>
      </div>
    </form>
  `;
}
