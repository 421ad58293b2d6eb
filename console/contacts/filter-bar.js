// The search and the chips above the table.
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Chip } from "../components/chip.js";
import { Search } from "../components/search.js";
import { texts } from "../texts.js";
import { ColumnChoice } from "./column-choice.js";
import { FacetFilter } from "./facet-filter.js";
import { FACETS, NONE, hasConditions } from "./filter.js";
import { VariableFilter } from "./variable-filter.js";

const words = texts.contacts.filters;
const NAMED = ["list", "owner", "campaign", "import"];

/** `conditions` are those of the address. `onChange` gets changed ones, and `onSearch` the text. */
export function FilterBar({ conditions, onChange, onSearch, onClear }) {
  const names = useNames(NAMED.flatMap((name) => conditions[name]).filter((value) => value !== NONE));
  const remove = (name, value) => onChange({ [name]: conditions[name].filter((one) => one !== value) });
  return html`
    <div class="filter-bar">
      <div class="search-row">
        <${Search} label=${words.search} value=${conditions.search} onInput=${onSearch} maxlength="200" />
        <${ColumnChoice} />
      </div>
      <div class="filters" role="group" aria-label=${words.title}>
        ${Object.keys(FACETS).map((name) => html`
          <${FacetFilter} key=${name} name=${name} conditions=${conditions} names=${names}
            onChange=${(values) => onChange({ [name]: values })} />
        `)}
        <${VariableFilter} onAdd=${(condition) => onChange({ variable: [...conditions.variable, condition] })} />
        ${["campaign", "import"].flatMap((name) => conditions[name].map((id) => html`
          <${Chip} key=${id} onRemove=${() => remove(name, id)}>${words[name]} ${names[id] ?? "…"}<//>
        `))}
        ${conditions.variable.map((one) => html`
          <${Chip} key=${JSON.stringify(one)} onRemove=${() => remove("variable", one)}>${words.told(one)}<//>
        `)}
        ${hasConditions(conditions) && html`<${Button} look="quiet" class="small" onClick=${onClear}>${words.clear}<//>`}
      </div>
    </div>
  `;
}

/** Returns the names of IDs that the address has. */
function useNames(ids) {
  const known = can.value.readCampaigns ? ids : ids.filter((id) => !id.startsWith("cmp_"));
  const { data } = useQuery("contacts/names", { ids: known }, { isSkipped: known.length === 0 });
  return Object.fromEntries((data?.nodes ?? []).filter(Boolean).map((node) => [node.id, node.name ?? node.fileName]));
}
