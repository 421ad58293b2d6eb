// The notices at the bottom of the window. They stay while they are pointed at or have the focus.
import { html, useEffect, useState } from "../base/html.js";
import { dismiss, problem, toasts } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icon.js";
import { JobProgress } from "../components/progress.js";
import { texts } from "../texts.js";

export const Toasts = () => html`
  <div class="toasts" role="status" aria-live="polite">
    ${toasts.value.map((one) => html`<${Toast} key=${one.key} ...${one} id=${one.key} />`)}
  </div>
`;

function Toast({ id, text, kind, undo, href, hrefText, job, seconds }) {
  const [isHeld, setHeld] = useState(false);
  const [isUndoing, setUndoing] = useState(false);
  useEffect(() => {
    if (isHeld || isUndoing || seconds === Infinity) return undefined;
    const timer = setTimeout(() => dismiss(id), seconds * 1000);
    return () => clearTimeout(timer);
  }, [isHeld, isUndoing, seconds]);
  const onUndo = async () => {
    setUndoing(true);
    await Promise.resolve(undo()).catch(problem);
    dismiss(id);
  };
  return html`
    <div class=${`toast ${kind}`} onMouseEnter=${() => setHeld(true)} onMouseLeave=${() => setHeld(false)}
      onFocusIn=${() => setHeld(true)} onFocusOut=${() => setHeld(false)}>
      <${Icon} name=${kind === "problem" ? "warning" : job ? "jobs" : "check"} />
      <div class="grow"><p>${text}</p>${job && html`<${JobProgress} id=${job} label=${text} />`}</div>
      ${href && html`<a class="button quiet" href=${href}>${hrefText}</a>`}
      ${undo && html`<${Button} look="quiet" icon="undo" isBusy=${isUndoing} onClick=${onUndo}>${texts.undo}<//>`}
      ${!job && html`<${Button} look="quiet" icon="close" label=${texts.dismiss} onClick=${() => dismiss(id)} />`}
    </div>
  `;
}
