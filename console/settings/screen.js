// The screen of the settings: one section at a time, each with an address of its own.
import { html } from "../base/html.js";
import { address } from "../base/router.js";
import { can } from "../base/viewer.js";
import { Empty } from "../components/empty.js";
import { texts } from "../texts.js";
import { Webhooks } from "../webhooks/list.js";
import { Account } from "./account.js";
import { Prefixes } from "./prefixes.js";
import { Tokens } from "./tokens.js";
import { Users } from "./users.js";

const words = texts.settings;
const SECTIONS = { account: Account, users: Users, tokens: Tokens, prefixes: Prefixes, webhooks: Webhooks };

export function Screen({ section = "account" }) {
  const shown = Object.keys(SECTIONS).filter((one) => one !== "users" || can.value.readContacts);
  const Section = shown.includes(section) && SECTIONS[section];
  return html`
    <div class="page-head"><h1>${words.title}</h1></div>
    <nav class="tab-list sections" aria-label=${words.title}>
      ${shown.map((one) => html`
        <a key=${one} class="tab" href=${address(one === "account" ? "/settings" : `/settings/${one}`)} aria-current=${one === section ? "page" : undefined}>
          ${words.sections[one]}</a>
      `)}
    </nav>
    ${Section ? html`<${Section} />` : html`<${Empty} icon="search" title=${texts.noScreen} />`}
  `;
}
