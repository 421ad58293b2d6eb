// A chip that filters by the values of a field. Its box has the values with the numbers of contacts that match the rest.
import { country, number } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html, useState } from "../base/html.js";
import { Icon } from "../components/icon.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { texts } from "../texts.js";
import { FACETS, NONE, filterOf } from "./filter.js";
import { useOptions } from "./options.js";

const words = texts.contacts.filters;
const SEARCHED = ["tag", "list", "owner"];

/** `names` are those of IDs. `onChange` gets the new values. */
export function FacetFilter({ name, conditions, names, onChange }) {
  const values = conditions[name];
  const told = values.map((value) => labelOf(name, value, names));
  const text = told.length
    ? html`<span class="muted">${words[name]}</span> <bdi>${told[0]}</bdi>${told.length > 1 && ` +${told.length - 1}`}`
    : words[name];
  return html`
    <span class=${`filter ${told.length ? "active" : ""}`}>
      <${Popover} class="filter-button" text=${html`${text} <${Icon} name="down" size=${14} />`}>
        ${() => html`<${Values} name=${name} conditions=${conditions} names=${names} onChange=${onChange} />`}
      <//>
      ${told.length > 0 && html`
        <button type="button" class="filter-remove" aria-label=${texts.remove(words[name])} onClick=${() => onChange([])}>
          <${Icon} name="close" size=${14} />
        </button>
      `}
    </span>
  `;
}

function Values({ name, conditions, names, onChange }) {
  const { field, none, isSingle } = FACETS[name];
  const { data } = useQuery("contacts/facets", { fields: [field], filter: filterOf(conditions, { without: name }) });
  const [search, setSearch] = useState("");
  const facet = data?.contactFacets[0];
  const isSearched = SEARCHED.includes(name) && search && facet?.otherCount > 0;
  const counted = facet ? optionsOf(name, facet, conditions[name], names, none) : [];
  const wanted = search.toLowerCase();
  const found = counted.filter((option) => option.label.toLowerCase().includes(wanted));
  const picker = { label: words[name], chosen: conditions[name], onChange, isSingle };
  const local = { options: found, isLoading: !facet, onSearch: setSearch };
  if (!isSearched) return html`<${Picker} ...${picker} ...${local} />`;
  return html`<${SearchedValues} kind=${name} picker=${{ ...picker, ...local }} />`;
}

/** Adds the values beyond the most frequent ones, without their numbers. */
function SearchedValues({ kind, picker }) {
  const others = useOptions(kind);
  const onSearch = (text) => {
    picker.onSearch(text);
    others.onSearch(text);
  };
  const known = new Set(picker.options.map((option) => option.value));
  const added = others.options.filter((option) => !known.has(option.value)).map(({ value, label }) => ({ value, label }));
  return html`<${Picker} ...${picker} options=${[...picker.options, ...added]} onSearch=${onSearch} />`;
}

function optionsOf(name, facet, values, names, none) {
  const options = facet.values.map(({ value, label, count }) => ({
    value,
    label: name === "list" || name === "owner" ? label : labelOf(name, value, names),
    count: number(count),
  }));
  if (none && (facet.missingCount > 0 || values.includes(NONE)))
    options.push({ value: NONE, label: words.none[name], count: number(facet.missingCount) });
  const known = new Set(options.map((option) => option.value));
  const missing = values.filter((value) => !known.has(value));
  return [...options, ...missing.map((value) => ({ value, label: labelOf(name, value, names), count: number(0) }))];
}

function labelOf(name, value, names) {
  if (value === NONE) return words.none[name];
  if (name === "country") return country(value);
  return words.values[name]?.[value] ?? names[value] ?? value;
}
