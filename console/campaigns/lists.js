// The lists whose members become the campaign's contacts when it leaves the draft.
import { number } from "../base/format.js";
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { act } from "../base/toasts.js";
import { Button } from "../components/button.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { useOptions } from "../contacts/options.js";
import { texts } from "../texts.js";

const words = texts.campaigns;

export function Lists({ campaign, isWriting, reload }) {
  const { id, lists } = campaign;
  const change = async (listIds) => {
    await act("campaigns/update", { id, listIds });
    reload();
  };
  return html`
    <section class="card">
      <div class="card-head">
        <h2>${words.lists}</h2>
        ${isWriting && html`<${Popover} icon="plus" label=${words.addList} look="quiet" align="end">
          ${() => html`<${ListPicker} chosen=${lists.map((one) => one.id)} onChange=${change} />`}
        <//>`}
      </div>
      <div class="card-body">
        ${lists.length > 0 && html`
          <ul class="lines">
            ${lists.map((list) => html`
              <li key=${list.id}>
                <a class="grow" href=${address("/contacts", { list: list.id })}><bdi>${list.name}</bdi></a>
                <span class="count">${number(list.contactCount)}</span>
                ${isWriting && html`<${Button} icon="close" look="quiet" class="small" label=${texts.remove(list.name)}
                  onClick=${() => change(lists.filter((one) => one.id !== list.id).map((one) => one.id))} />`}
              </li>
            `)}
          </ul>
        `}
        <p class="hint">${isWriting ? words.listsHint : lists.length ? words.listsWere : words.noLists}</p>
      </div>
    </section>
  `;
}

function ListPicker({ chosen, onChange }) {
  const { search, ...picker } = useOptions("list");
  return html`<${Picker} label=${words.findList} ...${picker} chosen=${chosen} onChange=${onChange} />`;
}
