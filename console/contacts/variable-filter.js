// Filters by a custom variable: its label, and a test of its value.
import { number } from "../base/format.js";
import { useQuery } from "../base/hooks.js";
import { html, useId, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { Icon } from "../components/icon.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { texts } from "../texts.js";
import { VARIABLE_TESTS } from "./filter.js";

const words = texts.contacts.filters;

export const VariableFilter = ({ onAdd }) => html`
  <span class="filter">
    <${Popover} class="filter-button" text=${html`${words.variable} <${Icon} name="down" size=${14} />`}>
      ${(close) => html`<${Form} onAdd=${(condition) => (close(), onAdd(condition))} />`}
    <//>
  </span>
`;

function Form({ onAdd }) {
  const [label, setLabel] = useState(null);
  const [test, setTest] = useState("is");
  const [value, setValue] = useState("");
  const { data, isLoading } = useQuery("contacts/labels");
  const id = useId();
  const options = data?.customVariableLabels.map((one) => ({ value: one.label, label: one.label, count: number(one.contactCount) }));
  if (label === null)
    return html`<${Picker} label=${words.variableLabel} options=${options ?? []} chosen=${[]} isSingle isLoading=${isLoading}
      onChange=${([chosen]) => setLabel(chosen)} />`;
  const needsValue = test === "is" || test === "contains";
  const submit = (event) => {
    event.preventDefault();
    if (!needsValue || value.trim()) onAdd({ label, test, value: needsValue ? value.trim() : "" });
  };
  return html`
    <form class="variable-form" onSubmit=${submit}>
      <div class="field">
        <label for=${id}><bdi>${label}</bdi></label>
        <select id=${id} value=${test} onChange=${(event) => setTest(event.target.value)} autofocus>
          ${Object.keys(VARIABLE_TESTS).map((name) => html`<option key=${name} value=${name}>${words.tests[name]}</option>`)}
        </select>
      </div>
      ${needsValue && html`<${Field} label=${words.value} value=${value} onInput=${setValue} maxlength="200" />`}
      <${Button} type="submit" look="primary">${words.apply}<//>
    </form>
  `;
}
