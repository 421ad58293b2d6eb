// The dialog that makes a list, or changes its name and description.
import { html } from "../base/html.js";
import { FormDialog } from "../components/form.js";
import { texts } from "../texts.js";

const words = texts.lists;

/** `list` without an id makes a new one. `onSaved` gets the list. */
export function ListDialog({ list, onSaved, onClose }) {
  const initial = { name: list.name ?? "", description: list.description ?? "" };
  const input = ({ name, description }) => ({ ...(list.id && { id: list.id }), name, description: description || null });
  return html`
    <${FormDialog} title=${list.id ? words.change : words.make} action=${list.id ? texts.save : words.create} onClose=${onClose}
      initial=${initial} document=${list.id ? "lists/update" : "lists/create"} input=${input}
      onDone=${({ contactList }) => onSaved(contactList)}>
      ${({ field }) => html`
        ${field("name", words.name, { autofocus: true, placeholder: words.namePlaceholder })}
        ${field("description", words.description, { isLong: true, hint: words.descriptionHint })}
      `}
    <//>
  `;
}
