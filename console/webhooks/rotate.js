// Makes a new secret of an endpoint, and shows it once.
import { html, useState } from "../base/html.js";
import { FormDialog } from "../components/form.js";
import { SecretDialog } from "../components/secret.js";
import { texts } from "../texts.js";

const words = texts.webhooks;

export function RotateDialog({ id, onRotated, onClose }) {
  const [secret, setSecret] = useState(null);
  const onDone = (payload) => {
    setSecret(payload.secret);
    onRotated();
  };
  if (secret) return html`<${SecretDialog} title=${words.rotated} text=${words.secretHint} label=${words.secret} secret=${secret} onClose=${onClose} />`;
  return html`
    <${FormDialog} title=${words.rotate} action=${words.rotateAction} initial=${{ formerSecretHours: "24" }} document="webhooks/rotate" onClose=${onClose}
      input=${({ formerSecretHours }) => ({ id, formerSecretHours: Number(formerSecretHours) })} onDone=${onDone}>
      ${({ choice }) => html`
        <p>${words.rotateText}</p>
        ${choice("formerSecretHours", words.formerFor, Object.entries(words.formerSpans))}
      `}
    <//>
  `;
}
