// The choice of what is reviewed: contacts, a file or numbers; and how the rows are shared among people and segments.
import { counted, number } from "../base/format.js";
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { address, navigate } from "../base/router.js";
import { problem } from "../base/toasts.js";
import { can, viewer } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { Progress } from "../components/progress.js";
import { regionOptions } from "../imports/regions.js";
import { texts } from "../texts.js";
import { Assignment, assignmentOf } from "./assignment.js";
import { Segments, segmentsOf } from "./segments.js";
import { ContactSource } from "./source-contacts.js";
import { FileSource } from "./source-file.js";
import { NumberSource } from "./source-numbers.js";

const words = texts.review;
export const MOST = 10_000;
const SOURCES = { contacts: ContactSource, file: FileSource, numbers: NumberSource };

/** A source says what it has by {count, rows(onProgress)}, where `rows` returns a promise of ReviewContactInput. */
export function Setup({ campaign }) {
  const [kind, setKind] = useState("contacts");
  const [source, setSource] = useState(null);
  const [segments, setSegments] = useState(null);
  const [assignment, setAssignment] = useState({ type: "ME", users: [] });
  const [region, setRegion] = useState("");
  const [progress, setProgress] = useState(null);
  const choose = (next) => (setKind(next), setSource(null));
  const count = source?.count ?? 0;
  const review = async () => {
    setProgress(0);
    try {
      const contacts = await source.rows(setProgress);
      setProgress(null);
      const payload = await mutate("review/create", {
        campaignId: campaign.id,
        contacts,
        ...(region && { region }),
        ...(segments && { segmentationConfig: segmentsOf(segments) }),
        ...(assignment.type !== "ME" && { assignmentConfig: assignmentOf(assignment, segments ?? []) }),
      });
      if (payload.errors.length) throw payload.errors[0];
      return navigate(address(`/campaigns/${campaign.id}/review`, { review: payload.review.id }));
    } catch (error) {
      problem(error);
    }
    setProgress(undefined);
  };
  const isBusy = progress !== null && progress !== undefined;
  const kinds = Object.keys(SOURCES).filter((one) => one !== "file" || can.value.importContacts);
  const Source = SOURCES[kind];
  return html`
    <div class="with-side">
      <section class="card">
        <div class="card-body stack roomy">
          <h2>${words.whose}</h2>
          <div class="switch" role="group" aria-label=${words.whose}>
            ${kinds.map((one) => html`
              <button type="button" key=${one} aria-pressed=${one === kind} onClick=${() => choose(one)}>${words.sources[one]}</button>
            `)}
          </div>
          <${Source} key=${kind} campaign=${campaign} onChange=${setSource} />
        </div>
      </section>
      <aside class="card side-card">
        <div class="card-body stack">
          <${Assignment} value=${assignment} onChange=${setAssignment} segments=${segments} />
          <${Segments} value=${segments} count=${count} onChange=${setSegments} assignment=${assignment} />
          ${kind !== "contacts" && html`
            <${Field} label=${texts.imports.region}>
              ${(attributes) => html`<select ...${attributes} value=${region} onChange=${(event) => setRegion(event.target.value)}>
                ${regionOptions(viewer.value.account.defaultRegion)}</select>`}
            <//>
          `}
          ${count > MOST && html`<p class="note">${words.tooMany(number(MOST))}</p>`}
          <${Button} look="primary" class="wide" icon="shield" disabled=${!count || count > MOST} isBusy=${isBusy} onClick=${review}>
            ${count ? words.reviewRows(counted(count, texts.row, texts.rows)) : words.reviewAction}
          <//>
          ${isBusy && html`<${Progress} value=${progress} label=${words.collecting}>${words.collecting}<//>`}
          <p class="hint centred">${words.nothingYet}</p>
        </div>
      </aside>
    </div>
  `;
}
