// The columns of the table, and the viewer's choice of them, which this browser keeps.
import { country, phone } from "../base/format.js";
import { html, signal } from "../base/html.js";
import { address } from "../base/router.js";
import { Badge, Chip } from "../components/chip.js";
import { Avatar, Person } from "../components/person.js";
import { Time } from "../components/time.js";
import { texts } from "../texts.js";

const words = texts.contacts;
const NAME = "muster.contacts.columns";
const DEFAULT = ["phone", "tags", "owner", "consent", "created"];
const SHOWN_TAGS = 2;

const few = (values, name = (value) => value) => html`
  <span class="chips">
    ${values.slice(0, SHOWN_TAGS).map((value) => html`<${Chip} key=${name(value)}>${name(value)}<//>`)}
    ${values.length > SHOWN_TAGS && html`<span class="muted">+${values.length - SHOWN_TAGS}</span>`}
  </span>
`;

const Name = ({ row }) => html`
  <span class="person">
    <${Avatar} name=${row.name ?? "#"} />
    <span class="person-text"><a href=${address(`/contacts/${row.id}`)}><bdi>${row.name ?? words.noName}</bdi></a>
      ${row.companyName && html`<small><bdi>${row.companyName}</bdi></small>`}</span>
  </span>
`;

const Status = ({ row }) => html`
  <span class="chips">
    ${row.isOptedOut && html`<${Badge} tone="danger">${words.optedOut}<//>`}
    ${row.status === "INVALID" && html`<${Badge} tone="warning">${words.invalid}<//>`}
    ${row.isVerified && html`<${Badge} tone="good" icon="check">${words.verified}<//>`}
  </span>
`;

/** All columns by their keys. The name is always shown, first. */
const COLUMNS = {
  name: { sort: "NAME", isMain: true, cell: (row) => html`<${Name} row=${row} />` },
  phone: { sort: "PHONE", cell: (row) => html`<span class="phone">${phone(row.phone)}</span>` },
  email: { cell: (row) => row.email },
  company: { sort: "COMPANY_NAME", cell: (row) => row.companyName },
  tags: { cell: (row) => row.tags.length > 0 && few(row.tags) },
  lists: { cell: (row) => row.lists.length > 0 && few(row.lists, (list) => list.name) },
  owner: { cell: (row) => row.owner && html`<${Person} name=${row.owner.name} size=${22} />` },
  assignees: { cell: (row) => row.assignees.map((user) => user.name).join(", ") },
  consent: { cell: (row) => (row.isOptedOut || row.isVerified || row.status === "INVALID") && html`<${Status} row=${row} />` },
  country: { cell: (row) => country(row.country) },
  operator: { cell: (row) => row.operator?.name },
  externalId: { cell: (row) => row.externalId },
  received: { sort: "LAST_INBOUND_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.lastInboundAt} />` },
  sent: { sort: "LAST_OUTBOUND_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.lastOutboundAt} />` },
  created: { sort: "CREATED_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.createdAt} />` },
  changed: { sort: "UPDATED_AT", isNewestFirst: true, cell: (row) => html`<${Time} at=${row.updatedAt} />` },
};
const VARIABLE = "variable:";

/** The keys of the chosen columns besides the name. Those of custom variables are variable:<label>. */
export const chosen = signal(JSON.parse(localStorage.getItem(NAME) ?? "null") ?? DEFAULT);

export function choose(keys) {
  chosen.value = keys;
  localStorage.setItem(NAME, JSON.stringify(keys));
}

export const reset = () => choose(DEFAULT);

/** All keys that can be chosen, with the given labels of custom variables. */
export const choices = (labels) => [
  ...Object.keys(COLUMNS).filter((key) => key !== "name"),
  ...labels.map((label) => VARIABLE + label),
];

export const labelOf = (key) => (key.startsWith(VARIABLE) ? key.slice(VARIABLE.length) : words.columns[key]);

/** Returns the chosen columns for `Table`, in the order of all columns. */
export function shownColumns() {
  const fixed = Object.keys(COLUMNS).filter((key) => key === "name" || chosen.value.includes(key));
  const variables = chosen.value.filter((key) => key.startsWith(VARIABLE));
  return [...fixed, ...variables].map((key) => ({ key, label: labelOf(key), ...(COLUMNS[key] ?? variable(labelOf(key))) }));
}

const variable = (label) => ({ cell: (row) => html`<bdi>${row.customVariables[label]}</bdi>` });
