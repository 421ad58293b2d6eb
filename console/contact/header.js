// Who the contact is, the state of the number, and what can be done with the contact as a whole.
import { counted, country, phone, time } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { act, toast } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { Badge } from "../components/chip.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { Avatar } from "../components/person.js";
import { Menu } from "../components/popover.js";
import { exportFile, trash } from "../contacts/actions.js";
import { OptOutDialog } from "../contacts/opt-out-dialog.js";
import { useAction } from "../contacts/use-action.js";
import { texts } from "../texts.js";

const words = texts.contact;

export function Header({ contact, onChange }) {
  const [dialog, setDialog] = useState(null);
  const chosen = { rows: [contact] };
  const close = (isDone) => {
    setDialog(null);
    if (isDone === true) onChange();
  };
  const isInTrash = Boolean(contact.deletedAt);
  const mayChange = can.value.writeContacts && !isInTrash;
  const restore = async () => {
    const payload = await act("contacts/restore", { contacts: { ids: [contact.id] } });
    if (!payload) return;
    toast(payload.conflictCount ? words.notRestored : words.restored, { kind: payload.conflictCount ? "problem" : "done" });
    onChange();
  };
  const items = [
    mayChange && { text: contact.isOptedOut ? words.optIn : texts.contacts.actions.optOut, icon: contact.isOptedOut ? "check" : "stop",
      onChoose: () => setDialog(contact.isOptedOut ? "in" : "out") },
    can.value.exportContacts && !isInTrash && { text: texts.contacts.actions.export, icon: "export", onChoose: () => exportFile(chosen, "XLSX", null) },
    mayChange && { text: words.trash, icon: "trash", isDangerous: true, onChoose: async () => (await trash(chosen)) && onChange() },
  ].filter(Boolean);
  return html`
    <header class="contact-head">
      <${Avatar} name=${contact.name ?? "#"} size=${52} />
      <div class="grow">
        <h1><bdi>${contact.name ?? texts.contacts.noName}</bdi></h1>
        <p class="contact-line">
          <a class="phone" href=${`tel:${contact.phone}`}>${phone(contact.phone)}</a>
          <span class="muted">${[country(contact.country), contact.operator?.name].filter(Boolean).join(" · ")}</span>
          <${State} contact=${contact} />
        </p>
      </div>
      ${items.length > 0 && html`<${Menu} icon="more" label=${words.more} align="end" items=${items} />`}
    </header>
    ${isInTrash && html`
      <p class="banner contact-trash"><span>${words.inTrash(time(contact.purgeAt))}</span>
        ${can.value.writeContacts && html`<${Button} icon="undo" onClick=${restore}>${words.restore}<//>`}</p>
    `}
    ${dialog === "out" && html`<${OptOutDialog} selection=${chosen} onClose=${close} />`}
    ${dialog === "in" && html`<${OptInDialog} contact=${contact} onClose=${close} />`}
  `;
}

const State = ({ contact }) => html`
  <span class="chips">
    ${contact.isOptedOut && html`<${Badge} tone="danger" icon="stop">${texts.contacts.optedOut}<//>`}
    ${contact.status === "INVALID" && html`<${Badge} tone="warning">${words.invalid[contact.invalidReason] ?? texts.contacts.invalid}<//>`}
    ${contact.isVerified && html`<${Badge} tone="good" icon="check">${texts.contacts.verified}<//>`}
    ${contact.protectedUntil && html`<${Badge} tone="accent" icon="shield">${words.protectedUntil(time(contact.protectedUntil))}<//>`}
  </span>
`;

function OptInDialog({ contact, onClose }) {
  const [reason, setReason] = useState("");
  const [isBusy, run] = useAction(onClose);
  const submit = () =>
    run(async () => {
      const isDone = await act("contacts/opt-in", { phone: contact.phone, reason: reason.trim() || null });
      if (isDone) toast(words.optedIn(counted(1, "number")));
      return Boolean(isDone);
    });
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy}>${words.optIn}<//>
  `;
  return html`
    <${Dialog} title=${words.optInTitle(contact.displayName)} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <p>${words.optInText}</p>
      <${Field} label=${texts.contacts.actions.reason} hint=${words.optInHint} value=${reason} onInput=${setReason} maxlength="1000" autofocus />
    <//>
  `;
}
