// Tabs that choose one of several views. Arrow keys move between them.
import { html, useId } from "../base/html.js";

/** `tabs` are {key, label, count}. `children` is the panel of the chosen one. */
export function Tabs({ label, tabs, chosen, onChoose, children }) {
  const id = useId();
  const onKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = (tabs.findIndex((tab) => tab.key === chosen) + step + tabs.length) % tabs.length;
    onChoose(tabs[index].key);
    event.currentTarget.children[index].focus();
  };
  return html`
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>
        ${tabs.map((tab) => html`
          <button type="button" key=${tab.key} role="tab" id=${`${id}-${tab.key}`} class="tab" aria-controls=${`${id}-panel`}
            aria-selected=${tab.key === chosen} tabindex=${tab.key === chosen ? 0 : -1} onClick=${() => onChoose(tab.key)}>
            ${tab.label}${tab.count !== undefined && html` <span class="count">${tab.count}</span>`}
          </button>
        `)}
      </div>
      <div role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${chosen}`} tabindex="0">${children}</div>
    </div>
  `;
}
