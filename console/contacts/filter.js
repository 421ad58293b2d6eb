// The conditions of the table: in the address as parameters, and as the API's ContactFilter.

/** The value of contacts without a tag, list or owner. */
export const NONE = "none";

/** The conditions that a facet counts, in the order of the bar. `of` makes a part of the filter, `none` that of NONE. */
export const FACETS = {
  tag: { field: "TAG", of: (values) => ({ anyTags: values }) },
  list: { field: "LIST", of: (values) => ({ listIds: values }), none: { inNoList: true } },
  owner: { field: "OWNER", of: (values) => ({ ownerIds: values }), none: { hasOwner: false } },
  status: { field: "STATUS", of: ([value]) => ({ status: value }), isSingle: true },
  consent: { field: "IS_OPTED_OUT", of: ([value]) => ({ isOptedOut: value === "true" }), isSingle: true },
  country: { field: "COUNTRY", of: (values) => ({ countries: values }) },
  operator: { field: "OPERATOR", of: (values) => ({ operators: values }) },
};

/** Conditions of links from other screens: of a campaign, and of an import. */
const LINKED = {
  campaign: (ids) => ({ campaignIds: ids }),
  import: ([id]) => ({ importedByJobId: id }),
};

export const VARIABLE_TESTS = {
  is: (label, value) => ({ label, equals: value }),
  contains: (label, value) => ({ label, contains: value }),
  set: (label) => ({ label, exists: true }),
  unset: (label) => ({ label, exists: false }),
};

/** Reads the conditions of an address: {search, tag: […], list: […], …, variable: [{label, test, value}]}. */
export function conditionsOf(query) {
  const lists = Object.fromEntries([...Object.keys(FACETS), ...Object.keys(LINKED)].map((name) => [name, query.getAll(name)]));
  const variable = query.getAll("variable").map((text) => text.split(":").map(decodeURIComponent));
  return { search: query.get("search") ?? "", ...lists, variable: variable.map(([label, test, value]) => ({ label, test, value })) };
}

/** Returns the parameters of conditions, for `address`. */
export const parametersOf = ({ variable, ...others }) => ({
  ...others,
  variable: variable.map(({ label, test, value }) => [label, test, value ?? ""].map(encodeURIComponent).join(":")),
});

export const hasConditions = ({ search, ...lists }) => Boolean(search) || Object.values(lists).some((values) => values.length);

/** Returns the ContactFilter of conditions, without that of the facet `without`. */
export function filterOf(conditions, { without } = {}) {
  const parts = [];
  for (const [name, { of, none }] of Object.entries(FACETS)) {
    const values = name === without ? [] : conditions[name];
    const named = values.filter((value) => !none || value !== NONE);
    const any = [...(named.length ? [of(named)] : []), ...(named.length < values.length ? [none] : [])];
    if (any.length) parts.push(any.length === 1 ? any[0] : { or: any });
  }
  for (const [name, of] of Object.entries(LINKED)) if (conditions[name].length) parts.push(of(conditions[name]));
  if (conditions.variable.length)
    parts.push({ customVariables: conditions.variable.map(({ label, test, value }) => VARIABLE_TESTS[test](label, value)) });
  const search = conditions.search.trim().slice(0, 200);
  return { state: "ACTIVE", ...(search && { search }), ...(parts.length && { and: parts }) };
}
