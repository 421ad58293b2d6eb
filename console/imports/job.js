// One import: its progress while it runs, and then what came of each row.
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { address, navigate } from "../base/router.js";
import { act } from "../base/toasts.js";
import { can } from "../base/viewer.js";
import { confirmed } from "../base/dialogs.js";
import { downloadFrom } from "../base/download.js";
import { counted } from "../base/format.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { Empty, Problem, Skeleton } from "../components/empty.js";
import { Icon } from "../components/icon.js";
import { JobProgress } from "../components/progress.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";
import { FileButton, WindowDrop } from "./drop.js";
import { take } from "./files.js";
import { isOpen } from "./recent.js";
import { Rows } from "./rows.js";
import { Tiles } from "./tiles.js";
import { Warnings } from "./warnings.js";

const words = texts.imports;

export function Screen({ id }) {
  const { data, error, reload } = useQuery("imports/job", { id });
  const job = data?.job;
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  if (!data) return html`<${Skeleton} lines=${6} />`;
  if (job?.kind !== "IMPORT")
    return html`<${Empty} icon="import" title=${words.noImport}><a class="button" href=${address("/imports")}>${words.toImports}</a><//>`;
  return html`
    <p class="crumbs"><a href=${address("/imports")}>${words.title}</a></p>
    <div class="page-head">
      <h1><bdi>${job.fileName ?? words.noName}</bdi></h1>
      <small>${job.createdBy && `${job.createdBy.name} · `}<${Time} at=${job.createdAt} /></small>
    </div>
    ${isOpen(job) ? html`<${Running} job=${job} onEnd=${reload} />` : html`<${Result} job=${job} reload=${reload} />`}
  `;
}

function Running({ job, onEnd }) {
  const [isStopping, setStopping] = useState(false);
  const stop = async () => {
    if (!(await confirmed({ title: words.stopTitle, text: words.stopText, action: words.stop, isDangerous: true }))) return;
    setStopping(true);
    await act("imports/cancel", { id: job.id });
  };
  return html`
    <section class="card running" aria-live="polite">
      <div class="card-body stack">
        <h2>${isStopping ? words.stopping : words.importing}</h2>
        <${JobProgress} id=${job.id} label=${words.importing} onChange=${(now) => isOpen(now) || onEnd()} />
        <div class="actions"><p class="hint grow">${words.closing}</p>
          <${Button} icon="stop" isBusy=${isStopping} onClick=${stop}>${words.stop}<//></div>
      </div>
    </section>
  `;
}

function Result({ job, reload }) {
  const mend = (files) => {
    take(files);
    navigate(address("/imports"));
  };
  const { summary } = job;
  return html`
    <${WindowDrop} onFiles=${mend} text=${words.dropMended} />
    <div class="stack">
      <${Headline} job=${job} />
      ${job.error && html`<${Problem} error=${{ message: job.error.message }} />`}
      ${summary && !job.error && html`<${Tiles} summary=${summary} isDryRun=${job.isDryRun} />`}
      <${Warnings} warnings=${job.warnings} />
      ${summary?.skipped > 0 && job.downloadUrl && html`
        <section class="card mend">
          <${Icon} name="edit" size=${22} />
          <div class="grow"><h2>${words.mendTitle(counted(summary.skipped, texts.row, texts.rows))}</h2><p>${words.mendText}</p></div>
          <div class="actions">
            <${Button} icon="import" onClick=${() => downloadFrom(job.downloadUrl)}>${words.download}<//>
            ${can.value.importContacts && html`<${FileButton} icon="plus" onFiles=${mend}>${words.mended}<//>`}
          </div>
        </section>
      `}
      <${Rows} id=${job.id} title=${words.rowsWithProblems} />
    </div>
  `;
}

function Headline({ job }) {
  const { status, summary, isDryRun } = job;
  if (status === "FAILED") return null;
  const count = summary?.imported ?? 0;
  const contacts = counted(count, words.contact);
  const completed = count === 0 && summary?.optedOut > 0 ? words.wasOptedOut(summary.optedOut) : words.wasImported(contacts);
  const text = isDryRun ? words.wasDryRun : status === "CANCELLED" ? words.wasStopped(contacts) : completed;
  return html`
    <section class=${`card headline ${status === "COMPLETED" ? "good" : ""}`}>
      <span class="headline-icon"><${Icon} name=${status === "COMPLETED" ? "check" : "stop"} size=${22} /></span>
      <div class="grow"><h2>${text}</h2>${job.contactList && html`<p>${words.onList} <${Badge} icon="list">${job.contactList.name}<//></p>`}</div>
      ${count > 0 && !isDryRun && html`
        <div class="actions">
          <a class="button" href=${address("/contacts", { import: job.id })}>${words.seeContacts}</a>
          ${can.value.writeCampaigns && html`<a class="button primary" href=${address("/campaigns", { import: job.id })}>${words.toCampaign}</a>`}
        </div>
      `}
    </section>
  `;
}
