// The check before an import: what each file holds, how it is read, and what is done with it.
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { address, navigate } from "../base/router.js";
import { problem, toast } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icon.js";
import { Tabs } from "../components/tabs.js";
import { texts } from "../texts.js";
import { FileButton } from "./drop.js";
import { FileCheck } from "./file-check.js";
import { choicesOf, done, files, inputOf, take } from "./files.js";
import { Options } from "./options.js";

const words = texts.imports;

export function Check() {
  const [chosen, setChosen] = useState(null);
  const [checks, setChecks] = useState({});
  const [isStarting, setStarting] = useState(false);
  const present = files.value.find((one) => one.key === chosen) ?? files.value[0];
  const onCheck = (key, job, choices) => setChecks((before) => ({ ...before, [key]: { job, choices } }));
  const jobs = files.value.map(({ key }) => checks[key]?.job);
  const isReady = files.value.every((one) => checks[one.key]?.choices === choicesOf(one)) && jobs.every((job) => job.status === "COMPLETED");
  const start = async () => {
    setStarting(true);
    await begin(files.value.map((one) => [one, checks[one.key].job.columns])).catch(problem);
    setStarting(false);
  };
  const each = files.value.map((one) => html`
    <div key=${one.key} hidden=${one.key !== present.key}>
      <${FileCheck} entry=${one} onCheck=${(job, choices) => onCheck(one.key, job, choices)} />
    </div>
  `);
  const tabs = files.value.map(({ key, file }) => ({ key, label: file.name, count: checks[key]?.job.summary?.total }));
  return html`
    <div class="page-head">
      <h1>${files.value.length === 1 ? present.file.name : words.manyFiles(files.value.length)}</h1>
      <${FileButton} onFiles=${take}>${words.chooseOther}<//>
      <${Button} look="quiet" onClick=${done}>${texts.cancel}<//>
    </div>
    <div class="with-side">
      <div class="stack">
        ${tabs.length > 1 ? html`<${Tabs} label=${words.files} tabs=${tabs} chosen=${present.key} onChoose=${setChosen}>${each}<//>` : each}
      </div>
      <aside class="card side-card">
        <div class="card-body stack">
          <h2>${words.howTo}</h2>
          <${Options} />
          <${Button} look="primary" class="wide" icon="import" disabled=${!isReady} isBusy=${isStarting} onClick=${start}>
            ${isReady ? promised(jobs) : words.importAction}
          <//>
          <p class="hint centred"><${Icon} name="shield" size=${14} /> ${words.nothingYet}</p>
        </div>
      </aside>
    </div>
  `;
}

/** What the button promises: contacts, or only opt-outs. */
function promised(jobs) {
  const [imported, optedOut] = ["imported", "optedOut"].map((name) => jobs.reduce((sum, { summary }) => sum + summary[name], 0));
  if (imported > 0) return words.importRows(imported);
  return optedOut > 0 ? words.optOutRows(optedOut) : words.importAction;
}

/** Starts the imports in order. One is shown with its progress, several in the list of imports. */
async function begin(chosen) {
  const started = [];
  for (const [entry, columns] of chosen) {
    const payload = await mutate("imports/start", inputOf(entry, columns, { isDryRun: false }));
    if (payload.errors.length) throw payload.errors[0];
    started.push(payload.job.id);
    files.value = files.value.filter((one) => one.key !== entry.key);
  }
  if (started.length === 1) navigate(address(`/imports/${started[0]}`));
  else toast(words.started(started.length));
}
