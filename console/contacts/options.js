// The options of pickers: tags, lists and users of the account, by a search.
import { number } from "../base/format.js";
import { useQuery, useSettled } from "../base/hooks.js";
import { useState } from "../base/html.js";

const SOURCES = {
  tag: ["contacts/tags", ({ tags }) => tags.map((tag) => ({ value: tag.name, label: tag.name, count: number(tag.contactCount) }))],
  list: ["contacts/lists", ({ contactLists }) =>
    contactLists.nodes.map((list) => ({ value: list.id, label: list.name, count: number(list.contactCount) }))],
  owner: ["contacts/users", ({ users }) => users.nodes.map((user) => ({ value: user.id, label: user.name, hint: user.email }))],
};

/** `kind` is tag, list or owner. Returns the properties `options`, `onSearch` and `isLoading` of `Picker`. */
export function useOptions(kind, { isSkipped = false } = {}) {
  const [search, setSearch] = useState("");
  const settled = useSettled(search, 150);
  const [name, read] = SOURCES[kind];
  const { data, isLoading } = useQuery(name, { search: settled || null }, { isSkipped });
  return { options: data ? read(data) : [], onSearch: setSearch, isLoading, search };
}
