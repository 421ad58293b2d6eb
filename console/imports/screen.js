// The screen of imports: a place for files, or the check of the files that are chosen.
import { html } from "../base/html.js";
import { Icon } from "../components/icon.js";
import { texts } from "../texts.js";
import { Check } from "./check.js";
import { FileButton, WindowDrop } from "./drop.js";
import { files, take } from "./files.js";
import { Recent } from "./recent.js";

const words = texts.imports;

export const Screen = () => html`
  <${WindowDrop} onFiles=${take} />
  ${files.value.length ? html`<${Check} />` : html`<${Start} />`}
`;

const Start = () => html`
  <div class="page-head"><h1>${words.title}</h1></div>
  <div class="drop-zone">
    <span class="empty-icon"><${Icon} name="import" size=${26} /></span>
    <h2>${words.dropHere}</h2>
    <p>${words.dropHint}</p>
    <${FileButton} look="primary" icon="plus" onFiles=${take}>${words.choose}<//>
  </div>
  <${Recent} />
`;
