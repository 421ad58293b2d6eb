// Makes a contact.
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { address, navigate } from "../base/router.js";
import { problem, toast } from "../base/toasts.js";
import { viewer } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field, errorsOf, otherErrors } from "../components/field.js";
import { texts } from "../texts.js";

const words = texts.contacts.create;
const FIELDS = ["phone", "firstName", "lastName", "email", "companyName"];

export function NewContact({ onClose }) {
  const [values, setValues] = useState({});
  const [errors, setErrors] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const region = viewer.value.account.defaultRegion;
  const field = (name, more = {}) => html`
    <${Field} label=${texts.fields[name]} value=${values[name]} onInput=${(value) => setValues({ ...values, [name]: value })}
      errors=${errorsOf(errors, name)} ...${more} />
  `;
  const submit = async () => {
    setBusy(true);
    try {
      const filled = Object.fromEntries(Object.entries(values).filter(([, value]) => value.trim()));
      const payload = await mutate("contacts/create", { contact: filled });
      setErrors(payload.errors);
      if (payload.contact) {
        onClose();
        toast(words.created(payload.contact.displayName));
        navigate(address(`/contacts/${payload.contact.id}`));
      }
    } catch (error) {
      problem(error);
    }
    setBusy(false);
  };
  const known = errors.find((error) => error.known)?.known;
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy}>${words.action}<//>
  `;
  return html`
    <${Dialog} title=${words.title} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      ${otherErrors(errors, FIELDS).map((error) => html`<p class="field-error" role="alert">${error.message}</p>`)}
      ${field("phone", { type: "tel", hint: region ? words.phoneHint(region) : words.phoneHintWithoutRegion, autofocus: true })}
      ${known && html`<p><a href=${address(`/contacts/${known.id}`)}>${words.open(known.displayName)}</a></p>`}
      <div class="two">${field("firstName")}${field("lastName")}</div>
      ${field("email", { type: "email" })}
      ${field("companyName")}
    <//>
  `;
}
