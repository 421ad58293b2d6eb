// Segments: parts of the rows in their order, each with a size, a date and, if wanted, its own people.
import { number } from "../base/format.js";
import { html } from "../base/html.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";
import { People } from "./assignment.js";

const words = texts.review;

/** `value` is null, or a list of {name, size, date, users}. The last segment gets what is left of `count` rows. */
export function Segments({ value, count, onChange, assignment }) {
  const toggle = (event) => onChange(event.target.checked ? even([named(0), named(1)], count) : null);
  const change = (place, changes) => onChange(value.map((one, index) => (index === place ? { ...one, ...changes } : one)));
  return html`
    <div class="field">
      <label class="check"><input type="checkbox" checked=${value !== null} onChange=${toggle} /><span>${words.inSegments}</span></label>
      ${value && html`
        <ol class="segments">
          ${value.map((segment, place) => html`
            <${Segment} key=${place} segment=${segment} isLast=${place === value.length - 1} rest=${restOf(value, count)}
              hasPeople=${assignment.type === "PER_SEGMENT"} onChange=${(changes) => change(place, changes)}
              onRemove=${value.length > 1 && (() => onChange(value.filter((_, index) => index !== place)))} />
          `)}
        </ol>
        <div class="actions">
          <${Button} class="small" icon="plus" onClick=${() => onChange([...value, named(value.length)])}>${words.addSegment}<//>
          <${Button} class="small" onClick=${() => onChange(even(value, count))}>${words.even}<//>
        </div>
      `}
    </div>
  `;
}

function Segment({ segment, isLast, rest, hasPeople, onChange, onRemove }) {
  const { name, size, date, users } = segment;
  return html`
    <li class="segment">
      <div class="segment-head">
        <input type="text" aria-label=${words.segmentName} value=${name} maxlength="100"
          onInput=${(event) => onChange({ name: event.target.value })} />
        ${onRemove && html`<${Button} icon="close" look="quiet" label=${texts.remove(name)} onClick=${onRemove} />`}
      </div>
      <div class="two">
        ${isLast
          ? html`<${Field} label=${words.rest} value=${number(rest)} disabled onInput=${() => {}} />`
          : html`<${Field} label=${words.rows} type="number" min="0" value=${size} onInput=${(text) => onChange({ size: wholeOf(text) })} />`}
        <${Field} label=${words.due} type="date" value=${date} onInput=${(text) => onChange({ date: text })} />
      </div>
      ${hasPeople && html`<${People} label=${words.people} chosen=${users} onChange=${(chosen) => onChange({ users: chosen })} />`}
    </li>
  `;
}

const wholeOf = (text) => Math.max(0, Math.trunc(Number(text)));
const named = (place) => ({ name: words.segmentAt(place + 1), size: 0, date: "", users: [] });
const even = (segments, count) => segments.map((one) => ({ ...one, size: Math.floor(count / segments.length) }));
const restOf = (segments, count) => Math.max(0, count - segments.slice(0, -1).reduce((sum, { size }) => sum + size, 0));

/** Returns the SegmentationConfigInput. */
export const segmentsOf = (segments) => ({
  enabled: true,
  contactDistribution: segments.map(({ name, size, date }) => ({
    segmentId: name.trim(),
    contactCount: size,
    scheduledDate: date ? new Date(`${date}T00:00`).toISOString() : null,
  })),
});
