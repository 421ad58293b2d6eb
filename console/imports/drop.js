// Files that are dropped anywhere on the window, or chosen by a button.
import { html, useEffect, useRef, useState } from "../base/html.js";
import { Button } from "../components/button.js";
import { Icon } from "../components/icon.js";
import { texts } from "../texts.js";

export const ACCEPTED = ".csv,.tsv,.txt,.xlsx";

/** Covers the window while files are dragged over it. `onFiles` gets a list of File. */
export function WindowDrop({ onFiles, text = texts.imports.drop }) {
  const [isOver, setOver] = useState(false);
  const latest = useRef(onFiles);
  latest.current = onFiles;
  useEffect(() => {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    const over = (event) => hasFiles(event) && (event.preventDefault(), setOver(true));
    const leave = (event) => event.relatedTarget === null && setOver(false);
    const drop = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      setOver(false);
      if (event.dataTransfer.files.length) latest.current([...event.dataTransfer.files]);
    };
    const handlers = { dragover: over, dragleave: leave, drop };
    for (const [name, handler] of Object.entries(handlers)) addEventListener(name, handler);
    return () => {
      for (const [name, handler] of Object.entries(handlers)) removeEventListener(name, handler);
    };
  }, []);
  return isOver && html`<div class="window-drop"><div><${Icon} name="import" size=${34} /><p>${text}</p></div></div>`;
}

/** A button that opens the browser's choice of files. */
export function FileButton({ onFiles, children, isSingle = false, ...button }) {
  const input = useRef(null);
  const chosen = (event) => {
    const list = [...event.target.files];
    event.target.value = "";
    if (list.length) onFiles(list);
  };
  return html`
    <input type="file" class="unseen" ref=${input} tabindex="-1" aria-hidden="true" accept=${ACCEPTED} multiple=${!isSingle} onChange=${chosen} />
    <${Button} ...${button} onClick=${() => input.current.click()}>${children}<//>
  `;
}
