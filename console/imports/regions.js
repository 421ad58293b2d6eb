// The countries in which a number without a country code can be read.
import { country } from "../base/format.js";
import { html } from "../base/html.js";
import { texts } from "../texts.js";

const LETTERS = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
const NO_COUNTRY = new Set(["CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "UN", "XA", "XB", "ZZ"]);
let known = null;

/** Returns [code, name] of each country that the browser knows, by name. Codes of the past are left out. */
function regions() {
  const codes = LETTERS.flatMap((first) => LETTERS.map((second) => first + second));
  return codes
    .filter((code) => !NO_COUNTRY.has(code) && new Intl.Locale(`und-${code}`).region === code && country(code) !== code)
    .map((code) => [code, country(code)])
    .sort(([, one], [, other]) => one.localeCompare(other));
}

/** Returns the options of a select. The first one is the account's region. */
export function regionOptions(own) {
  known ??= regions();
  return html`
    <option value="">${own ? texts.imports.ownRegion(country(own)) : texts.imports.noRegion}</option>
    ${known.map(([code, name]) => html`<option key=${code} value=${code}>${name}</option>`)}
  `;
}
