// The users of the account and their roles.
import { number } from "../base/format.js";
import { confirmed } from "../base/dialogs.js";
import { useSettled } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { usePages } from "../base/pages.js";
import { act, toast } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty } from "../components/empty.js";
import { FormDialog } from "../components/form.js";
import { Listing } from "../components/listing.js";
import { Person } from "../components/person.js";
import { Search } from "../components/search.js";
import { texts } from "../texts.js";

const words = texts.settings.users;

export function Users() {
  const [search, setSearch] = useState("");
  const [edited, setEdited] = useState(null);
  const pages = usePages("settings/users", { search: useSettled(search, 150) });
  const onSaved = (name) => {
    setEdited(null);
    pages.reload();
    toast(words.saved(name));
  };
  const setActive = async (user, isActive) => {
    if (!isActive && !(await confirmed({ ...words.deactivation(user.name), isDangerous: true }))) return;
    if (!(await act("settings/update-user", { id: user.id, isActive }))) return;
    pages.change((users) => users.map((one) => (one.id === user.id ? { ...one, isActive } : one)));
    toast((isActive ? words.activated : words.deactivated)(user.name));
  };
  const empty = html`<${Empty} icon="person" title=${texts.nothingFound} text=${words.nothingHint} />`;
  return html`
    <div class="tools">
      <${Search} label=${words.search} value=${search} onInput=${setSearch} />
      <${Button} icon="plus" look="primary" onClick=${() => setEdited({})}>${words.add}<//>
    </div>
    <${Listing} label=${words.title} pages=${pages} empty=${empty} columns=${columns(setEdited, setActive)} />
    ${edited && html`<${UserDialog} user=${edited} onSaved=${onSaved} onClose=${() => setEdited(null)} />`}
  `;
}

const columns = (edit, setActive) => [
  { key: "name", label: words.name, isMain: true, cell: (user) => html`<${Person} name=${user.name} note=${user.email} size=${32} />` },
  { key: "role", label: words.role, cell: roleCell },
  { key: "owned", label: words.owned, isNumber: true, cell: (user) => number(user.ownedContactCount) },
  { key: "assigned", label: words.assigned, isNumber: true, cell: (user) => number(user.assignedContactCount) },
  { key: "actions", label: "", isNumber: true, cell: (user) => html`
    <span class="row-actions low">
      <${Button} look="quiet" onClick=${() => setActive(user, !user.isActive)} aria-label=${(user.isActive ? words.deactivate : words.activate)(user.name)}>
        ${user.isActive ? words.deactivateAction : words.activateAction}<//>
      <${Button} icon="edit" look="quiet" label=${words.edit(user.name)} onClick=${() => edit(user)} />
    </span>` },
];

const roleCell = ({ role, isActive }) => html`
  <span><${Badge} tone=${role === "ADMIN" ? "accent" : "neutral"}>${words.roles[role]}<//>${!isActive && html` <${Badge}>${words.inactive}<//>`}</span>
`;

function UserDialog({ user, onSaved, onClose }) {
  const { name = "", email = "", role = "AGENT", id } = user;
  return html`
    <${FormDialog} title=${id ? words.change : words.add} action=${id ? texts.save : words.create} onClose=${onClose} initial=${{ name, email, role }}
      document=${id ? "settings/update-user" : "settings/create-user"} input=${(values) => ({ ...values, ...(id && { id }) })}
      onDone=${(_, values) => onSaved(values.name)}>
      ${({ field, choice, values }) => html`
        ${field("name", words.name, { autofocus: true, autocomplete: "off" })}
        ${field("email", words.email, { type: "email", autocomplete: "off" })}
        ${choice("role", words.role, Object.entries(words.roles), { hint: words.roleHints[values.role] })}
        ${!id && html`<p class="muted">${words.tokenHint}</p>`}
      `}
    <//>
  `;
}
