// A button that opens a small box below it: a menu, or any content. Escape, a click outside and a choice close it.
import { html, useEffect, useId, useRef, useState } from "../base/html.js";
import { Button } from "./button.js";
import { Icon } from "./icon.js";

/** `children` is a function of `close`. The other properties are those of the button; `text` is its text. */
export function Popover({ text, children, align = "start", label, ...button }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef(null);
  const box = useRef(null);
  const id = useId();
  const close = (hasFocus = true) => {
    setOpen(false);
    if (hasFocus) root.current?.querySelector("button")?.focus();
  };
  useEffect(() => {
    if (!isOpen) return undefined;
    keepInView(box.current);
    box.current.querySelector("[autofocus], input, button, a")?.focus();
    const away = (event) => root.current?.contains(event.target) || close(false);
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, [isOpen]);
  const onKeyDown = (event) => {
    if (event.key === "Escape" && isOpen) {
      event.stopPropagation();
      event.preventDefault();
      close();
    }
  };
  const onFocusOut = (event) => event.relatedTarget && !root.current.contains(event.relatedTarget) && close(false);
  return html`
    <div class="popover" ref=${root} onKeyDown=${onKeyDown} onFocusOut=${onFocusOut}>
      <${Button} ...${button} label=${label} aria-expanded=${isOpen} aria-controls=${isOpen ? id : undefined}
        onClick=${() => setOpen(!isOpen)}>${text}<//>
      ${isOpen && html`<div id=${id} ref=${box} class=${`popover-box ${align}`}>${children(close)}</div>`}
    </div>
  `;
}

/** Moves a box that would cross the window's right or left edge. */
function keepInView(box) {
  const { left, right } = box.getBoundingClientRect();
  const over = right - (document.documentElement.clientWidth - 8);
  if (over > 0) box.style.translate = `${-over}px 0`;
  else if (left < 8) box.style.translate = `${8 - left}px 0`;
}

/** A menu: `items` are {text, icon, onChoose, isDangerous, isChecked}; false ones are left out. */
export const Menu = ({ items, ...popover }) => html`
  <${Popover} ...${popover}>
    ${(close) => html`
      <ul class="menu">
        ${items.filter(Boolean).map(
          (item) => html`
            <li key=${item.text}>
              <button type="button" class=${`menu-item ${item.isDangerous ? "danger" : ""}`}
                aria-pressed=${item.isChecked} onClick=${() => (item.keepsOpen || close(), item.onChoose())}>
                ${item.icon && html`<${Icon} name=${item.icon} />`}<span>${item.text}</span>
                ${item.isChecked && html`<${Icon} name="check" size=${16} />`}
              </button>
            </li>
          `,
        )}
      </ul>
    `}
  <//>
`;
