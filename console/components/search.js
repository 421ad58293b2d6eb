// A field to search by.
import { html } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

export const Search = ({ label, value, onInput, ...input }) => html`
  <div class="search-box" role="search">
    <${Icon} name="search" size=${17} />
    <input type="search" aria-label=${label} placeholder=${label} value=${value} autocomplete="off" spellcheck="false"
      onInput=${(event) => onInput(event.target.value)} ...${input} />
    ${value && html`<${Button} icon="close" look="quiet" label=${texts.clear} onClick=${() => onInput("")} />`}
  </div>
`;
