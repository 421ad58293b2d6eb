// The screen of one contact.
import { html } from "../base/html.js";

export const Screen = ({ id }) => html`<h1>${id}</h1>`;
