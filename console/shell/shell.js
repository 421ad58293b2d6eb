// The frame of every screen: navigation, the screen of the address, notices and questions.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { matched, navigate, route, address } from "../base/router.js";
import { isLive } from "../base/socket.js";
import { can } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Empty, Problem } from "../components/empty.js";
import { HOME, screens } from "../screens.js";
import { Mark } from "../sign-in/screen.js";
import { texts } from "../texts.js";
import { Navigation } from "./navigation.js";
import { Question } from "./question.js";
import { Toasts } from "./toasts.js";

export function Shell() {
  const { path } = route.value;
  const [isOpen, setOpen] = useState(false);
  useEffect(() => setOpen(false), [path]);
  useEffect(() => {
    if (path === "/") navigate(address(HOME), { isReplacing: true });
  }, [path]);
  return html`
    <a class="skip" href="#content" onClick=${skip}>${texts.skip}</a>
    <div class="shell">
      <header class="top-bar">
        <${Button} icon="menu" look="quiet" label=${texts.menu} aria-expanded=${isOpen} onClick=${() => setOpen(true)} />
        <span class="brand"><${Mark} />Muster</span>
      </header>
      <${Navigation} path=${path} isOpen=${isOpen} onClose=${() => setOpen(false)} />
      <main class="content" id="content" tabindex="-1">
        ${!isLive.value && html`<p class="banner" role="status">${texts.notLive}</p>`}
        <${Current} path=${path} />
      </main>
    </div>
    <${Toasts} />
    <${Question} />
  `;
}

function skip(event) {
  event.preventDefault();
  document.getElementById("content").focus();
}

/** Loads and shows the screen of a path. The title of the page names it. */
function Current({ path }) {
  const [found] = screens.map((screen) => ({ screen, parts: matched(screen.path, path) })).filter(({ parts }) => parts);
  const [loaded, setLoaded] = useState({});
  const attempt = () => {
    found?.screen.load().then(
      (module) => setLoaded({ screen: found.screen, Screen: module.Screen }),
      (error) => setLoaded({ screen: found.screen, error }),
    );
  };
  const isFirst = useRef(true);
  useEffect(() => {
    attempt();
    document.title = found ? `${found.screen.title} – Muster` : "Muster";
    if (!isFirst.current) document.getElementById("content").focus({ preventScroll: true });
    isFirst.current = false;
  }, [found?.screen]);
  if (!found) return path === "/" ? null : html`<${Empty} icon="search" title=${texts.noScreen} />`;
  if (found.screen.can && !can.value[found.screen.can]) return html`<${Empty} icon="stop" title=${texts.notAllowed} text=${texts.notAllowedHint} />`;
  if (loaded.screen !== found.screen) return null;
  if (loaded.error) return html`<${Problem} error=${{ message: texts.errors.network }} onRetry=${() => location.reload()} />`;
  return html`<${loaded.Screen} key=${JSON.stringify(found.parts)} ...${found.parts} />`;
}
