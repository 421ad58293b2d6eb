// The account's own settings, in groups. Save sends what changed.
import { countries } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { followed } from "../base/jobs.js";
import { toast } from "../base/toasts.js";
import { loadViewer } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Problem, Skeleton } from "../components/empty.js";
import { useForm } from "../components/form.js";
import { texts } from "../texts.js";

const words = texts.settings.account;
const NUMBERS = ["contactProtectionHours", "trashRetentionDays"];
const entries = (values) => Object.entries(values);
const wordsIn = (text) => text.split(/[\n,;]+/).map((one) => one.trim()).filter(Boolean);

export function Account() {
  const { data, error, reload } = useQuery("settings/account");
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<div class="card"><${Skeleton} lines=${8} /></div>`;
  const { account } = data.viewer;
  return html`<${AccountForm} key=${JSON.stringify(account)} account=${account} onSaved=${reload} />`;
}

const valuesOf = ({ id, createdAt, keywords, ...account }) => ({
  ...account,
  defaultRegion: account.defaultRegion ?? "",
  ...Object.fromEntries(NUMBERS.map((name) => [name, String(account[name])])),
  optOut: keywords.optOut.join(", "),
  optIn: keywords.optIn.join(", "),
});

/** Makes the input of the values that differ from the account's. */
function changesOf(values, initial) {
  const { optOut, optIn, ...changed } = Object.fromEntries(entries(values).filter(([name, value]) => value !== initial[name]));
  const keywords = { ...(optOut !== undefined && { optOut: wordsIn(optOut) }), ...(optIn !== undefined && { optIn: wordsIn(optIn) }) };
  for (const name of NUMBERS) if (name in changed) changed[name] = /^\d+$/.test(changed[name].trim()) ? Number(changed[name]) : -1;
  if (changed.defaultRegion === "") changed.defaultRegion = null;
  return { ...changed, ...(entries(keywords).length && { keywords }) };
}

function AccountForm({ account, onSaved }) {
  const initial = valuesOf(account);
  const onDone = ({ job }) => {
    toast(words.saved);
    loadViewer();
    onSaved();
    if (job) followed(job.id, words.checking);
  };
  const input = (values) => changesOf(values, initial);
  const form = useForm({ initial, document: "settings/update-account", input, onDone });
  const { field, choice, submit, isBusy, isChanged, problems } = form;
  const onSubmit = (event) => (event.preventDefault(), submit());
  const regions = [["", words.noRegion], ...countries().map(({ code, name }) => [code, name])];
  return html`
    <form class="settings-form" onSubmit=${onSubmit} novalidate>
      <${Group} title=${words.general} text=${words.generalHint}>
        ${field("name", words.name)}
      <//>
      <${Group} title=${words.numbers} text=${words.numbersHint}>
        ${choice("defaultRegion", words.region, regions, { hint: words.regionHint })}
        ${choice("phonePolicy", words.phonePolicy, entries(words.phonePolicies))}
        ${choice("digitsOnlyNumbers", words.digitsOnly, entries(words.digitsOnlyRules), { hint: words.digitsOnlyHint })}
        ${choice("networkCheck", words.networkCheck, entries(words.networkChecks), { hint: words.networkCheckHint })}
      <//>
      <${Group} title=${words.work} text=${words.workHint}>
        ${field("contactProtectionHours", words.protection, { inputmode: "numeric", hint: words.protectionHint })}
        ${field("trashRetentionDays", words.retention, { inputmode: "numeric", hint: words.retentionHint })}
      <//>
      <${Group} title=${words.keywords} text=${words.keywordsHint}>
        ${field("optOut", words.optOutWords, { placeholder: words.optOutExample })}
        ${field("optIn", words.optInWords, { placeholder: words.optInExample })}
      <//>
      ${problems}
      <div class="actions end"><${Button} type="submit" look="primary" isBusy=${isBusy} disabled=${!isChanged}>${words.save}<//></div>
    </form>
  `;
}

const Group = ({ title, text, children }) => html`
  <section class="card settings-group" aria-label=${title}>
    <div><h2>${title}</h2><p class="muted">${text}</p></div>
    <div class="stack">${children}</div>
  </section>
`;
