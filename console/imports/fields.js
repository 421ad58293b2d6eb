// The fields that a column can be taken for.
import { texts } from "../texts.js";

const CUSTOM = "custom:";
export const LEFT_OUT = "ignore";
const NAMES = texts.imports.fields;

/** Returns the choices for a column: [field, label]. A header gives a custom variable its label. */
export function choicesFor({ header, field }) {
  const label = header.trim().slice(0, 100);
  const custom = [...new Set([label && CUSTOM + label, field?.startsWith(CUSTOM) && field])].filter(Boolean);
  return {
    known: Object.entries(NAMES),
    custom: custom.map((one) => [one, texts.imports.customField(one.slice(CUSTOM.length))]),
  };
}
