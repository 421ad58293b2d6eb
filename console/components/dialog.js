// A modal dialog. The browser keeps the focus in it and closes it by Escape; `onClose` must then stop showing it.
import { html, useEffect, useId, useRef } from "../base/html.js";
import { texts } from "../texts.js";
import { Button } from "./button.js";

/** `footer` has the buttons. `onSubmit`, if given, makes the content a form. `isWide` is for tables. */
export function Dialog({ title, onClose, onSubmit, footer, isWide = false, children }) {
  const dialog = useRef(null);
  const id = useId();
  useEffect(() => {
    dialog.current.showModal();
    return () => dialog.current?.close();
  }, []);
  const submit = (event) => {
    event.preventDefault();
    onSubmit?.();
  };
  return html`
    <dialog
      ref=${dialog}
      class=${`dialog ${isWide ? "wide" : ""}`}
      aria-labelledby=${id}
      onCancel=${(event) => (event.preventDefault(), onClose())}
      onMouseDown=${(event) => event.target === dialog.current && onClose()}
    >
      <form class="dialog-box" onSubmit=${submit} novalidate>
        <header class="dialog-head">
          <h2 id=${id}>${title}</h2>
          <${Button} icon="close" look="quiet" label=${texts.close} onClick=${onClose} />
        </header>
        <div class="dialog-body">${children}</div>
        ${footer && html`<footer class="dialog-foot">${footer}</footer>`}
      </form>
    </dialog>
  `;
}
