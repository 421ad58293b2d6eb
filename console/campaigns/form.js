// The dialog that makes a campaign, or changes one.
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { problem } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { errorsOf, Field, otherErrors } from "../components/field.js";
import { texts } from "../texts.js";

const words = texts.campaigns;
const CHANNELS = Object.keys(words.channels);
const FIELDS = ["name", "description", "channel", "scheduledAt"];

/** `campaign` is null for a new one. `onDone` gets the ID. */
export function CampaignDialog({ campaign = null, onClose, onDone }) {
  const [values, setValues] = useState(() => ({
    name: campaign?.name ?? "",
    description: campaign?.description ?? "",
    channel: campaign?.channel ?? CHANNELS[0],
    scheduledAt: localOf(campaign?.scheduledAt),
  }));
  const [errors, setErrors] = useState([]);
  const [isBusy, setBusy] = useState(false);
  const set = (name) => (value) => setValues({ ...values, [name]: value });
  const field = (name) => ({ value: values[name], onInput: set(name), errors: errorsOf(errors, name) });
  const submit = async () => {
    setBusy(true);
    try {
      const payload = await mutate(campaign ? "campaigns/update" : "campaigns/create", inputOf(values, campaign));
      setErrors(payload.errors);
      if (!payload.errors.length) return onDone(payload.campaign.id);
    } catch (error) {
      problem(error);
    }
    setBusy(false);
  };
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} look="primary" type="submit" isBusy=${isBusy}>${campaign ? texts.save : words.makeAction}<//>
  `;
  const isFixed = campaign !== null && campaign.status !== "DRAFT";
  return html`
    <${Dialog} title=${campaign ? words.change : words.make} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      ${otherErrors(errors, FIELDS).map((error) => html`<p class="field-error" role="alert">${error.message}</p>`)}
      <${Field} label=${words.name} ...${field("name")} maxlength="200" autofocus required />
      <${Field} label=${words.description} ...${field("description")} isLong maxlength="2000" />
      <div class="two">
        <${Field} label=${words.channel} errors=${errorsOf(errors, "channel")} hint=${isFixed ? words.channelFixed : undefined}>
          ${(attributes) => html`
            <select ...${attributes} value=${values.channel} disabled=${isFixed} onChange=${(event) => set("channel")(event.target.value)}>
              ${CHANNELS.map((one) => html`<option key=${one} value=${one}>${words.channels[one]}</option>`)}
            </select>
          `}
        <//>
        <${Field} label=${words.start} type="datetime-local" ...${field("scheduledAt")} />
      </div>
      <p class="hint">${words.startHint}</p>
    <//>
  `;
}

function inputOf({ name, description, channel, scheduledAt }, campaign) {
  const given = { name, description: description.trim() || null, scheduledAt: scheduledAt ? new Date(scheduledAt).toISOString() : null };
  if (!campaign) return { ...given, channel };
  return { id: campaign.id, ...given, ...(channel !== campaign.channel && { channel }) };
}

/** An instant as the field shows it, in the viewer's zone. */
function localOf(instant) {
  if (!instant) return "";
  const date = new Date(instant);
  return new Date(date - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
