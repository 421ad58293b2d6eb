// The router. Screens have addresses under /console, and their filters are in the query, so that links and "back" work.
import { signal } from "@preact/signals";

const BASE = "/console";
const read = () => ({
  path: location.pathname.slice(BASE.length).replace(/\/$/, "") || "/",
  query: new URLSearchParams(location.search),
});

/** {path, query}: the path without /console, such as /contacts, and its URLSearchParams. */
export const route = signal(read());

/** Returns the address of a screen, for href and `navigate`. Values that are empty are left out; lists repeat the name. */
export function address(path, query = {}) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    for (const one of [value].flat()) if (one !== undefined && one !== null && one !== "") parameters.append(name, one);
  const text = parameters.toString();
  return BASE + (path === "/" ? "" : path) + (text && `?${text}`);
}

/** Shows an address. With `isReplacing`, "back" skips the present one. */
export function navigate(to, { isReplacing = false } = {}) {
  if (to === location.pathname + location.search) return;
  history[isReplacing ? "replaceState" : "pushState"](null, "", to);
  const isOtherScreen = read().path !== route.value.path;
  route.value = read();
  if (isOtherScreen) scrollTo(0, 0);
}

/** Returns the parts of a path that a pattern such as /contacts/:id names, or null. */
export function matched(pattern, path) {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  if (wanted.length !== given.length) return null;
  const parts = {};
  for (const [index, part] of wanted.entries()) {
    if (part.startsWith(":")) parts[part.slice(1)] = decodeURIComponent(given[index]);
    else if (part !== given[index]) return null;
  }
  return parts;
}

addEventListener("popstate", () => (route.value = read()));

// A click on a link of the console shows its screen in this tab, unless it asks for another tab.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (link.target || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
  event.preventDefault();
  navigate(link.pathname + link.search);
});
