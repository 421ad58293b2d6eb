// The navigation: a column at the left, or a drawer on a narrow window. It has only what the viewer may see.
import { html, useEffect, useRef } from "../base/html.js";
import { address } from "../base/router.js";
import { signOut } from "../base/session.js";
import { can, viewer } from "../base/viewer.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icon.js";
import { Person } from "../components/person.js";
import { screens } from "../screens.js";
import { Mark } from "../sign-in/screen.js";
import { texts } from "../texts.js";

export function Navigation({ path, isOpen, onClose }) {
  const drawer = useRef(null);
  useEffect(() => {
    if (!isOpen) return undefined;
    drawer.current.showModal();
    return () => drawer.current?.close();
  }, [isOpen]);
  return html`
    <aside class="side" aria-label=${texts.side}><${Content} path=${path} /></aside>
    ${isOpen && html`
      <dialog class="drawer" ref=${drawer} aria-label=${texts.menu} onCancel=${onClose}
        onMouseDown=${(event) => event.target === drawer.current && onClose()}>
        <${Button} icon="close" look="quiet" class="drawer-close" label=${texts.close} onClick=${onClose} />
        <${Content} path=${path} onChoose=${onClose} />
      </dialog>
    `}
  `;
}

function Content({ path, onChoose }) {
  const { account, user } = viewer.value;
  const shown = screens.filter((screen) => screen.icon && (!screen.can || can.value[screen.can]));
  return html`
    <div class="side-box">
      <p class="brand"><${Mark} />Muster</p>
      <nav aria-label=${texts.navigation}>
        <ul>
          ${shown.map((screen) => html`
            <li key=${screen.path}>
              <a href=${address(screen.path)} onClick=${onChoose} aria-current=${isWithin(path, screen.path) ? "page" : undefined}>
                <${Icon} name=${screen.icon} /><span>${screen.title}</span>
              </a>
            </li>
          `)}
        </ul>
      </nav>
      <div class="viewer">
        <${Person} name=${user?.name ?? texts.integration} note=${account.name} size=${32} />
        <${Button} icon="leave" look="quiet" label=${texts.signOut} onClick=${signOut} />
      </div>
    </div>
  `;
}

const isWithin = (path, screen) => path === screen || path.startsWith(`${screen}/`);
