// The badge of a number's consent.
import { html } from "../base/html.js";
import { Badge } from "../components/chip.js";
import { texts } from "../texts.js";

const words = texts.optOuts;

export const State = ({ isOptedOut }) =>
  html`<${Badge} tone=${isOptedOut ? "danger" : "good"} icon=${isOptedOut ? "stop" : "check"}>${isOptedOut ? words.isOut : words.isIn}<//>`;
