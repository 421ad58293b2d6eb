// Chooses values from a list that can be searched: a combobox with a listbox. One value, or several.
import { html, useEffect, useId, useRef, useState } from "../base/html.js";
import { texts } from "../texts.js";
import { Icon } from "./icon.js";

/**
 * `options` are {value, label, count, hint}. `chosen` is an array of values, `onChange` gets the new one. With `onSearch`,
 * the caller filters the options by the text; without it the picker does. `makes` adds an option for a new value by a text.
 */
export function Picker({ label, options, chosen, onChange, onSearch, makes, isSingle = false, isLoading = false, autofocus }) {
  const [text, setText] = useState("");
  const [active, setActive] = useState(0);
  const id = useId();
  const box = useRef(null);
  const wanted = text.trim().toLowerCase();
  const found = onSearch || !wanted ? options : options.filter((one) => one.label.toLowerCase().includes(wanted));
  const isNew = makes && wanted && !options.some((one) => one.label.toLowerCase() === wanted);
  const shown = isNew ? [...found, { value: text.trim(), label: makes(text.trim()), isNew }] : found;
  useEffect(() => box.current?.querySelector(".active")?.scrollIntoView({ block: "nearest" }), [active]);
  const search = (value) => {
    setText(value);
    setActive(0);
    onSearch?.(value.trim());
  };
  const choose = (option) => {
    const without = chosen.filter((value) => value !== option.value);
    if (isSingle) onChange(without.length < chosen.length ? [] : [option.value]);
    else onChange(without.length < chosen.length ? without : [...chosen, option.value]);
    if (option.isNew) search("");
  };
  const onKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) setActive((active + step + shown.length) % shown.length);
    else if (event.key === "Enter" && shown[active]) choose(shown[active]);
    else return;
    event.preventDefault();
  };
  return html`
    <div class="picker">
      <div class="search-box">
        <${Icon} name="search" size=${16} />
        <input type="text" role="combobox" aria-expanded="true" aria-controls=${id} aria-autocomplete="list" autocomplete="off"
          aria-label=${label} placeholder=${label} value=${text} autofocus=${autofocus}
          aria-activedescendant=${shown[active] ? `${id}-${active}` : undefined}
          onInput=${(event) => search(event.target.value)} onKeyDown=${onKeyDown} />
      </div>
      <ul id=${id} ref=${box} class="options" hidden=${!shown.length} role="listbox" aria-label=${label} aria-multiselectable=${!isSingle}>
        ${shown.map((option, index) => html`
          <li key=${option.value} id=${`${id}-${index}`} role="option" aria-selected=${chosen.includes(option.value)}
            class=${index === active ? "active" : ""}
            onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(option)}>
            <span class="tick">${chosen.includes(option.value) && html`<${Icon} name="check" size=${15} />`}
              ${option.isNew && html`<${Icon} name="plus" size=${15} />`}</span>
            <span class="grow"><bdi>${option.label}</bdi>${option.hint && html`<small>${option.hint}</small>`}</span>
            ${option.count !== undefined && html`<span class="count">${option.count}</span>`}
          </li>
        `)}
      </ul>
      ${!shown.length && html`<p class="options-empty">${isLoading ? texts.loading : texts.nothingFound}</p>`}
    </div>
  `;
}
