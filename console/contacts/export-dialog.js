// Exports a selection as a file.
import { counted } from "../base/format.js";
import { html, useId, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Dialog } from "../components/dialog.js";
import { texts } from "../texts.js";
import { exportFile, sizeOf } from "./actions.js";

const words = texts.contacts.actions;
const FORMATS = ["XLSX", "CSV", "JSON"];

export function ExportDialog({ selection, onClose }) {
  const [format, setFormat] = useState("XLSX");
  const name = useId();
  const submit = () => {
    onClose(true);
    exportFile(selection, format, null);
  };
  const footer = html`
    <${Button} onClick=${onClose}>${texts.cancel}<//>
    <${Button} type="submit" look="primary">${words.export}<//>
  `;
  return html`
    <${Dialog} title=${words.exportTitle(counted(sizeOf(selection), "contact"))} onClose=${onClose} onSubmit=${submit} footer=${footer}>
      <fieldset class="choices">
        <legend class="label">${words.format}</legend>
        ${FORMATS.map((one) => html`
          <label key=${one} class="choice">
            <input type="radio" name=${name} checked=${format === one} onChange=${() => setFormat(one)} />
            <span>${words.formats[one][0]}<small>${words.formats[one][1]}</small></span>
          </label>
        `)}
      </fieldset>
      <p class="muted">${words.exportHint}</p>
    <//>
  `;
}
