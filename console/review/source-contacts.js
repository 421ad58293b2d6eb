// Contacts as the source of a review: those that match conditions, with the first of them. The address keeps the conditions.
import { counted, phone } from "../base/format.js";
import { request } from "../base/client.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { html, useEffect } from "../base/html.js";
import { address, navigate, route } from "../base/router.js";
import { Button } from "../components/button.js";
import { Chip } from "../components/chip.js";
import { Problem, Skeleton } from "../components/empty.js";
import { Person } from "../components/person.js";
import { Search } from "../components/search.js";
import { FacetFilter } from "../contacts/facet-filter.js";
import { conditionsOf, FACETS, filterOf, hasConditions, NONE, parametersOf } from "../contacts/filter.js";
import { texts } from "../texts.js";

const words = texts.review;
const filters = texts.contacts.filters;
const NAMED = ["list", "owner", "import"];
const SHOWN = 6;

export function ContactSource({ campaign, onChange }) {
  const conditions = conditionsOf(route.value.query);
  const filter = filterOf({ ...conditions, search: useSettled(conditions.search, 150) });
  const { data, error, reload, isLoading } = useQuery("review/matching", { filter, first: SHOWN });
  const names = useNames(NAMED.flatMap((name) => conditions[name]).filter((value) => value !== NONE));
  const isChosen = hasConditions(conditions);
  const total = data?.contacts.totalCount ?? 0;
  useEffect(() => {
    onChange(isLoading ? null : { count: total, rows: (onProgress) => collected(filter, total, onProgress) });
  }, [JSON.stringify(filter), total, isLoading]);
  const show = (parameters) => navigate(address(`/campaigns/${campaign.id}/review`, parameters), { isReplacing: true });
  const change = (changes) => show(parametersOf({ ...conditions, ...changes }));
  if (error) return html`<${Problem} error=${error} onRetry=${reload} />`;
  return html`
    <${Search} label=${filters.search} value=${conditions.search} onInput=${(search) => change({ search })} maxlength="200" />
    <div class="filters" role="group" aria-label=${filters.title}>
      ${conditions.import.map((id) => html`
        <${Chip} key=${id} icon="import" onRemove=${() => change({ import: [] })}>${filters.import} ${names[id] ?? "…"}<//>
      `)}
      ${Object.keys(FACETS).map((name) => html`
        <${FacetFilter} key=${name} name=${name} conditions=${conditions} names=${names} onChange=${(values) => change({ [name]: values })} />
      `)}
      ${isChosen && html`<${Button} look="quiet" class="small" onClick=${() => show({})}>${filters.clear}<//>`}
    </div>
    ${!data ? html`<${Skeleton} lines=${4} />` : html`
      <div class="matching" aria-live="polite">
        <p><strong>${counted(total, texts.campaigns.contact)}</strong> ${isChosen ? words.match : words.inAll}</p>
        <ul>
          ${data.contacts.nodes.map((row) => html`
            <li key=${row.id}><${Person} name=${row.displayName} /><span class="phone muted">${phone(row.phone)}</span></li>
          `)}
        </ul>
        ${total > SHOWN && html`<p class="hint">${words.andMore(total - SHOWN)}</p>`}
      </div>
    `}
  `;
}

function useNames(ids) {
  const { data } = useQuery("contacts/names", { ids }, { isSkipped: ids.length === 0 });
  return Object.fromEntries((data?.nodes ?? []).filter(Boolean).map((node) => [node.id, node.name ?? node.fileName]));
}

/** Returns the rows of all contacts that match, page by page. */
async function collected(filter, total, onProgress) {
  const rows = [];
  for (let after = null, hasMore = true; hasMore; ) {
    const { contacts } = await request("review/rows", { filter, after });
    rows.push(...contacts.nodes.map(({ phone: phoneNumber, firstName, lastName }) => ({ phoneNumber, firstName, lastName })));
    onProgress(Math.min(1, rows.length / total));
    ({ endCursor: after, hasNextPage: hasMore } = contacts.pageInfo);
  }
  return rows;
}
