// What a list shows without items, and what a screen shows while it loads or after it failed.
import { html } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** Says that there is nothing, and what to do. `children` are buttons or links. */
export const Empty = ({ icon, title, text, children }) => html`
  <div class="empty">
    ${icon && html`<span class="empty-icon"><${Icon} name=${icon} size=${26} /></span>`}
    <h2>${title}</h2>
    ${text && html`<p>${text}</p>`}
    ${children && html`<div class="actions">${children}</div>`}
  </div>
`;

export const Problem = ({ error, onRetry }) => html`
  <div class="problem" role="alert">
    <${Icon} name="warning" />
    <p>${error.message}${error.requestId && html` <small>${texts.requestId(error.requestId)}</small>`}</p>
    ${onRetry && html`<${Button} onClick=${onRetry}>${texts.tryAgain}<//>`}
  </div>
`;

/** Grey lines in the place of a text that is loading. */
export const Skeleton = ({ lines = 3 }) => html`
  <div class="skeleton" role="status" aria-label=${texts.loading}>
    ${Array.from({ length: lines }, (_, index) => html`<span key=${index} class="skeleton-line" />`)}
  </div>
`;
