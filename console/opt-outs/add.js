// The dialog that opts many pasted numbers out, and shows the outcome of each.
import { mutate } from "../base/client.js";
import { html, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { Field } from "../components/field.js";
import { Progress } from "../components/progress.js";
import { texts } from "../texts.js";
import { Outcomes } from "./outcomes.js";

const words = texts.optOuts;
const BATCH = 1000;

/** Numbers stand on lines of their own, or between commas, semicolons and tabs. */
const numbersIn = (text) => text.split(/[\n\r,;\t]+/).map((one) => one.trim()).filter(Boolean);

/** Opts numbers out in batches. Returns rows of {text, outcome, phone, message, suggestion}; `told` gets the share that is done. */
async function optOut(numbers, reason, told = () => {}) {
  const rows = [];
  for (let start = 0; start < numbers.length; start += BATCH) {
    const phones = numbers.slice(start, start + BATCH);
    const { results, errors } = await mutate("opt-outs/add", { phones, reason: reason.trim() || null });
    if (errors.length) throw new Error(errors[0].message);
    for (const { index, outcome, optOut: state, error } of results)
      rows.push({ text: phones[index], outcome, phone: state?.phone, message: error?.message, suggestion: error?.suggestion });
    told(rows.length / numbers.length);
  }
  return rows;
}

export function AddDialog({ onClose }) {
  const [text, setText] = useState("");
  const [reason, setReason] = useState("");
  const [share, setShare] = useState(null);
  const [rows, setRows] = useState(null);
  const [errors, setErrors] = useState([]);
  const numbers = numbersIn(text);
  const submit = async () => {
    setErrors([]);
    setShare(0);
    try {
      setRows(await optOut(numbers, reason, setShare));
    } catch (error) {
      setErrors([error]);
    }
    setShare(null);
  };
  const accept = async (row) => {
    const [taken] = await optOut([row.suggestion], reason);
    setRows(rows.map((one) => (one === row ? { ...taken, text: row.text } : one)));
  };
  const mend = () => {
    setText(rows.filter((row) => row.outcome === "FAILED").map((row) => row.text).join("\n"));
    setRows(null);
  };
  if (rows) return html`<${Outcomes} rows=${rows} onAccept=${accept} onMend=${mend} onClose=${onClose} />`;
  const isBusy = share !== null;
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary" isBusy=${isBusy} disabled=${!numbers.length}>${words.addAction(numbers.length)}<//>
  `;
  return html`
    <${Dialog} title=${words.add} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <${Field} label=${words.numbers} isLong rows="8" class="pasted" value=${text} onInput=${setText} errors=${errors} autofocus
        placeholder=${words.numbersPlaceholder} hint=${numbers.length ? words.numbersCount(numbers.length) : words.numbersHint} />
      <${Field} label=${words.reason} value=${reason} onInput=${setReason} placeholder=${words.reasonPlaceholder} hint=${words.optOutReasonHint} />
      ${isBusy && html`<${Progress} label=${words.add} value=${share} />`}
    <//>
  `;
}
