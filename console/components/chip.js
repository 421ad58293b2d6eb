// Small labels: chips of values that can be removed, and badges of a state.
import { html } from "../base/html.js";
import { texts } from "../texts.js";
import { Icon } from "./icon.js";

/** `onRemove` adds a button that removes the value. */
export const Chip = ({ children, icon, href, onRemove, label }) => html`
  <span class="chip">
    ${icon && html`<${Icon} name=${icon} size=${14} />`}
    ${href ? html`<a href=${href}><bdi>${children}</bdi></a>` : html`<bdi>${children}</bdi>`}
    ${onRemove && html`
      <button type="button" class="chip-remove" aria-label=${texts.remove(label ?? children)} onClick=${onRemove}>
        <${Icon} name="close" size=${13} />
      </button>
    `}
  </span>
`;

/** `tone` is "neutral" (default), "good", "warning", "danger" or "accent". */
export const Badge = ({ children, tone = "neutral", icon }) => html`
  <span class=${`badge ${tone}`}>${icon && html`<${Icon} name=${icon} size=${13} />`}${children}</span>
`;
