// Numbers as the source of a review: one on each line, or separated by commas or semicolons.
import { counted } from "../base/format.js";
import { html, useState } from "../base/html.js";
import { Field } from "../components/field.js";
import { texts } from "../texts.js";

const words = texts.review;

export function NumberSource({ onChange }) {
  const [text, setText] = useState("");
  const change = (value) => {
    setText(value);
    const rows = numbersIn(value).map((phoneNumber) => ({ phoneNumber }));
    onChange({ count: rows.length, rows: async () => rows });
  };
  const hint = words.numbersHint(counted(numbersIn(text).length, words.number));
  return html`<${Field} label=${words.numbers} hint=${hint} value=${text} onInput=${change} isLong rows="10" spellcheck="false" />`;
}

const numbersIn = (text) => text.split(/[\n,;\t]+/).map((one) => one.trim()).filter(Boolean);
