// The dialog that makes a token.
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { FormDialog } from "../components/form.js";
import { texts } from "../texts.js";

const words = texts.settings.tokens;
const DAY_MS = 86_400_000;
const ALL = Object.keys(words.scopeNames);
const PRESETS = {
  read: ALL.filter((scope) => scope.endsWith("_READ")),
  work: ALL.filter((scope) => scope !== "ADMIN"),
  all: ALL,
};

export function TokenDialog({ onMade, onClose }) {
  const { data } = useQuery("contacts/users", {}, { isSkipped: !can.value.readContacts });
  const users = data?.users.nodes.map(({ id, name }) => [id, name]) ?? [];
  const input = ({ name, userId, scopes, expiresAt }) => ({
    name, scopes, userId: userId || null,
    expiresAt: expiresAt ? new Date(Date.now() + Number(expiresAt) * DAY_MS).toISOString() : null,
  });
  return html`
    <${FormDialog} title=${words.make} action=${words.create} onClose=${onClose} onDone=${onMade} document="settings/create-token" input=${input}
      initial=${{ name: "", userId: "", scopes: PRESETS.read, expiresAt: "90" }}>
      ${({ field, choice, ticks, set, values }) => html`
        ${field("name", words.name, { autofocus: true, placeholder: words.namePlaceholder })}
        <div class="two">
          ${choice("userId", words.actsFor, [["", texts.integration], ...users], { hint: words.actsForHint })}
          ${choice("expiresAt", words.expires, Object.entries(words.spans).map(([days, text]) => [days === "never" ? "" : days, text]))}
        </div>
        ${ticks("scopes", words.scopes, ALL.map((value) => ({ value, label: words.scopeNames[value] })))}
        <div class="actions">
          ${Object.entries(PRESETS).map(([key, scopes]) => html`
            <${Button} key=${key} class="small" aria-pressed=${String(scopes) === String(values.scopes)} onClick=${() => set("scopes", scopes)}>
              ${words.presets[key]}<//>`)}
        </div>
      `}
    <//>
  `;
}
