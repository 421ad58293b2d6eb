// Who messages the rows: the viewer, chosen people in turn, or the people of each segment.
import { html } from "../base/html.js";
import { can, viewer } from "../base/viewer.js";
import { Chip } from "../components/chip.js";
import { Picker } from "../components/picker.js";
import { Popover } from "../components/popover.js";
import { useOptions } from "../contacts/options.js";
import { texts } from "../texts.js";

const words = texts.review;

/** `value` is {type, users}, where type is ME, SELECTED_USERS or PER_SEGMENT. `segments` null means none. */
export function Assignment({ value, onChange, segments }) {
  if (!can.value.assignOthersInReview) return null;
  const types = ["ME", "SELECTED_USERS", ...(segments ? ["PER_SEGMENT"] : [])];
  const type = types.includes(value.type) ? value.type : "SELECTED_USERS";
  return html`
    <fieldset class="choices">
      <legend class="label">${words.whoMessages}</legend>
      ${types.map((one) => html`
        <label key=${one} class="choice">
          <input type="radio" name="assignment" checked=${one === type} onChange=${() => onChange({ ...value, type: one })} />
          <span>${one === "ME" && !viewer.value.user ? words.nobody : words.types[one]}</span>
        </label>
      `)}
    </fieldset>
    ${type !== "ME" && html`
      <${People} label=${type === "PER_SEGMENT" ? words.peopleElse : words.people} chosen=${value.users}
        onChange=${(users) => onChange({ ...value, users })} />
    `}
  `;
}

/** `chosen` are users {id, name}. */
export const People = ({ label, chosen, onChange }) => html`
  <div class="field" role="group" aria-label=${label}>
    <span class="label">${label}</span>
    <div class="chips">
      ${chosen.map(({ id, name }) => html`<${Chip} key=${id} onRemove=${() => onChange(chosen.filter((one) => one.id !== id))}>${name}<//>`)}
      <${Popover} icon="plus" text=${words.addPerson} class="small">${() => html`<${UserPicker} chosen=${chosen} onChange=${onChange} />`}<//>
    </div>
  </div>
`;

function UserPicker({ chosen, onChange }) {
  const { search, ...picker } = useOptions("owner");
  const found = picker.options.map(({ value, label }) => ({ id: value, name: label }));
  const known = new Map([...chosen, ...found].map((user) => [user.id, user]));
  const ids = chosen.map((one) => one.id);
  return html`<${Picker} label=${words.findPerson} ...${picker} chosen=${ids} onChange=${(all) => onChange(all.map((id) => known.get(id)))} />`;
}

/** Returns the AssignmentConfigInput. */
export const assignmentOf = ({ type, users }, segments) => ({
  isAssignmentEnabled: true,
  assignmentType: type,
  selectedUsers: users.map((user) => user.id),
  ...(type === "PER_SEGMENT" && {
    segmentAssignments: segments.map(({ name, users: own }) => ({ segmentId: name.trim(), userIds: own.map((user) => user.id) })),
  }),
});
