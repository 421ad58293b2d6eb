// A value that becomes an input when it is chosen. Enter saves, Escape gives up.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { address } from "../base/router.js";
import { problem, toast } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { Icon } from "../components/icon.js";
import { texts } from "../texts.js";

const words = texts.contact.edit;

/**
 * `read(contact)` is the value as a text or null, and `change(value)` the input that sets it. `shown` replaces the value
 * where it is read. `save` is that of `useContact`. Without `mayEdit`, the value is only shown.
 */
export function Editable({ label, contact, read, change, save, shown, mayEdit, isLong = false, hint, type, onRemove }) {
  const [base, setBase] = useState(null);
  const root = useRef(null);
  const value = read(contact);
  const close = () => {
    setBase(null);
    requestAnimationFrame(() => root.current?.querySelector(".editable-value")?.focus());
  };
  const text = html`${value ? html`<bdi>${shown ?? value}</bdi>` : html`<span class="muted">${mayEdit ? words.add : "–"}</span>`}`;
  return html`
    <div class=${`editable ${isLong ? "long" : ""}`} ref=${root}>
      ${base
        ? html`
          <dt class="unseen">${label}</dt>
          <dd><${Form} ...${{ label, base, read, change, save, isLong, hint, type, onClose: close }} /></dd>
        `
        : html`
          <dt><bdi>${label}</bdi></dt>
          <dd>
            ${mayEdit
              ? html`<button type="button" class="editable-value" aria-label=${value ? words.edit(label, shown ?? value) : words.addValue(label)} onClick=${() => setBase(contact)}>
                  ${text}<${Icon} name="edit" size=${15} />
                </button>`
              : text}
            ${mayEdit && onRemove && html`<${Button} icon="close" look="quiet" label=${texts.remove(label)} onClick=${onRemove} />`}
          </dd>
        `}
    </div>
  `;
}

function Form({ label, base, read, change, save, isLong, hint, type, onClose }) {
  const [value, setValue] = useState(read(base) ?? "");
  const [errors, setErrors] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const form = useRef(null);
  useEffect(() => form.current.querySelector("input, textarea").focus(), []);
  const stale = errors.find((error) => error.theirs);
  const submit = async (event, seen = base) => {
    event.preventDefault();
    const before = read(seen) ?? "";
    if (value.trim() === before) return onClose();
    setBusy(true);
    try {
      const found = await save(change(value.trim() || null), seen);
      setErrors(found);
      if (!found.length) {
        onClose();
        toast(words.saved(label), { undo: () => undo(save, change, before, base) });
      }
    } catch (error) {
      problem(error);
    }
    setBusy(false);
  };
  const onKeyDown = (event) => {
    if (event.key === "Escape") onClose();
    if (event.key === "Enter" && isLong && (event.ctrlKey || event.metaKey)) submit(event);
  };
  const told = stale ? [{ message: words.stale(read(stale.theirs)) }] : errors;
  const known = errors.find((error) => error.known)?.known;
  return html`
    <form class="editable-form" ref=${form} onSubmit=${submit} onKeyDown=${onKeyDown} novalidate>
      <${Field} label=${label} value=${value} onInput=${setValue} errors=${told} hint=${hint} isLong=${isLong} type=${type} />
      ${known && html`<p><a href=${address(`/contacts/${known.id}`)}>${texts.contacts.create.open(known.displayName)}</a></p>`}
      <div class="actions">
        ${stale
          ? html`
            <${Button} key="mine" look="primary" isBusy=${isBusy} onClick=${(event) => submit(event, stale.theirs)}>${words.keepMine}<//>
            <${Button} key="theirs" onClick=${onClose}>${words.takeTheirs}<//>
          `
          : html`
            <${Button} key="save" type="submit" look="primary" isBusy=${isBusy}>${texts.save}<//>
            <${Button} key="cancel" look="quiet" onClick=${onClose}>${texts.cancel}<//>
          `}
      </div>
    </form>
  `;
}

/** Gives a field its value of before, whatever happened to the others. */
async function undo(save, change, before, base) {
  const errors = await save(change(before || null), { ...base, version: null });
  if (errors.length) problem(errors[0]);
}
