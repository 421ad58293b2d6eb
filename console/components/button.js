// A button with an icon, a text or both. Without a visible text, `label` names it.
import { html } from "../base/html.js";
import { Icon } from "./icon.js";

/** `look` is "plain" (default), "primary", "danger" or "quiet". */
export function Button({ icon, label, look = "plain", isBusy = false, children, class: extra = "", ...rest }) {
  const hasText = Boolean(children?.length ?? children);
  return html`
    <button
      type="button"
      class=${`button ${look} ${hasText ? "" : "square"} ${extra}`}
      aria-label=${label}
      title=${hasText ? undefined : label}
      aria-busy=${isBusy || undefined}
      ...${rest}
      disabled=${rest.disabled || isBusy}
    >
      ${icon && html`<${Icon} name=${icon} />`}${hasText && html`<span>${children}</span>`}
    </button>
  `;
}
