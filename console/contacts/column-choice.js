// Chooses the columns of the table.
import { useQuery } from "../base/hooks.js";
import { html } from "../base/html.js";
import { Button } from "../components/button.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { texts } from "../texts.js";
import { choices, choose, chosen, labelOf, reset } from "./columns.js";

const words = texts.contacts;

export const ColumnChoice = () => html`
  <${Popover} icon="columns" class="columns-button" text=${html`<span class="wide-only">${words.columnsButton}</span>`} label=${words.chooseColumns} align="end">${() => html`<${Choice} />`}<//>
`;

function Choice() {
  const { data } = useQuery("contacts/labels");
  const labels = data?.customVariableLabels.map((one) => one.label) ?? [];
  const options = choices(labels).map((key) => ({ value: key, label: labelOf(key) }));
  return html`
    <${Picker} label=${words.chooseColumns} options=${options} chosen=${chosen.value} onChange=${choose} />
    <${Button} look="quiet" class="small wide" onClick=${reset}>${words.resetColumns}<//>
  `;
}
