// Sign-in by a token, or at the identity provider if the server has one.
import { html, useState } from "../base/html.js";
import { leaveForProvider } from "../base/provider.js";
import { endedBecause, keep } from "../base/session.js";
import { settings } from "../base/settings.js";
import { Button } from "../components/button.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";
import { isAccepted } from "./check.js";

export function SignIn() {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");
  const [isBusy, setBusy] = useState(false);
  const attempt = async (action) => {
    setBusy(true);
    setProblem("");
    try {
      await action();
    } catch (error) {
      setProblem(error.message);
    }
    setBusy(false);
  };
  const submit = (event) => {
    event.preventDefault();
    attempt(async () => {
      if (!token.trim()) throw new Error(texts.signIn.missing);
      if (!(await isAccepted(token.trim()))) throw new Error(texts.signIn.refused);
      keep({ token: token.trim() });
    });
  };
  const errors = problem ? [{ message: problem }] : [];
  return html`
    <main class="sign-in">
      <div class="card sign-in-card">
        <p class="brand"><${Mark} />Muster</p>
        <h1>${texts.signIn.title}</h1>
        ${endedBecause.value && html`<p class="note" role="status">${endedBecause.value}</p>`}
        ${settings.provider && html`
          <${Button} look="primary" class="wide" isBusy=${isBusy} onClick=${() => attempt(leaveForProvider)}>${texts.signIn.provider}<//>
          <p class="or"><span>${texts.signIn.or}</span></p>
        `}
        <form onSubmit=${submit}>
          <${Field} label=${texts.signIn.token} type="password" value=${token} onInput=${setToken} errors=${errors}
            hint=${settings.isDemo ? texts.signIn.demoHint : texts.signIn.tokenHint} autocomplete="current-password" autofocus />
          <${Button} type="submit" class="wide" look=${settings.provider ? "plain" : "primary"} isBusy=${isBusy}>${texts.signIn.action}<//>
        </form>
      </div>
    </main>
  `;
}

export const Mark = () => html`
  <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
    <rect width="32" height="32" rx="7" /><path d="M7 24V9l9 9 9-9v15" />
  </svg>
`;
