// The dialog that makes a webhook endpoint, or changes one.
import { html } from "../base/html.js";
import { FormDialog } from "../components/form.js";
import { texts } from "../texts.js";

const words = texts.webhooks;
const USUAL = ["CONTACT_OPTED_OUT", "CONTACT_OPTED_IN"];
const OPTIONS = Object.keys(words.eventNames)
  .filter((value) => value !== "WEBHOOK_TEST")
  .map((value) => ({ value, label: words.eventNames[value] }));

/** `endpoint` without an id makes a new one. `onSaved` gets the payload. */
export function EndpointDialog({ endpoint, onSaved, onClose }) {
  const { id, url = "", description, eventTypes = USUAL, selection, isOrdered = false } = endpoint;
  const initial = { url, description: description ?? "", eventTypes, selection: selection ?? "", isOrdered };
  const input = (values) => ({ ...(id && { id }), ...values, description: values.description || null, selection: values.selection.trim() || null });
  return html`
    <${FormDialog} title=${id ? words.change : words.make} action=${id ? texts.save : words.create} isWide onClose=${onClose} initial=${initial}
      document=${id ? "webhooks/update" : "webhooks/create"} input=${input} onDone=${onSaved}>
      ${({ field, ticks, set, values }) => html`
        <div class="two">
          ${field("url", words.url, { autofocus: !id, type: "url", placeholder: "https://", hint: words.urlHint })}
          ${field("description", words.description, { placeholder: words.descriptionPlaceholder })}
        </div>
        ${ticks("eventTypes", words.events, OPTIONS)}
        <label class="check"><input type="checkbox" checked=${values.isOrdered} onChange=${() => set("isOrdered", !values.isOrdered)} />
          <span>${words.ordered}<small>${words.orderedHint}</small></span></label>
        ${field("selection", words.selection, { isLong: true, class: "code", spellcheck: "false", hint: words.selectionHint,
          placeholder: "{ type contact { id phone } }" })}
      `}
    <//>
  `;
}
