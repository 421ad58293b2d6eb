// Starts the console: resumes the session, and shows the sign-in or the shell.
import { html, render, signal } from "./base/html.js";
import { comeBack, isComingBack } from "./base/provider.js";
import { navigate } from "./base/router.js";
import { endedBecause, resume, session } from "./base/session.js";
import { loadViewer, viewer } from "./base/viewer.js";
import { Problem } from "./components/empty.js";
import { Shell } from "./shell/shell.js";
import { SignIn } from "./sign-in/screen.js";

const failure = signal(null);

async function open() {
  failure.value = viewer.value = null;
  if (!session.value) return;
  try {
    await loadViewer();
  } catch (error) {
    if (session.value) failure.value = error;
  }
}

function Console() {
  if (!session.value) return html`<${SignIn} />`;
  if (failure.value) return html`<main class="alone"><${Problem} error=${failure.value} onRetry=${open} /></main>`;
  if (!viewer.value) return html`<main class="alone" aria-busy="true"></main>`;
  return html`<${Shell} />`;
}

if (isComingBack()) {
  try {
    navigate(await comeBack(), { isReplacing: true });
  } catch (error) {
    navigate("/console", { isReplacing: true });
    endedBecause.value = error.message;
  }
} else {
  await resume();
}
const root = document.getElementById("console");
root.replaceChildren();
render(html`<${Console} />`, root);
let isOpen = null;
session.subscribe((present) => {
  if (Boolean(present) === isOpen) return; // a refreshed token is the same session
  isOpen = Boolean(present);
  open();
});
