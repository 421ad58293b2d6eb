// An instant: "3 hours ago" or a date, with the exact time in the viewer's zone when it is pointed at.
import { ago, exactTime, time } from "../base/format.js";
import { html } from "../base/html.js";

export const Time = ({ at, isExact = false }) =>
  at && html`<time dateTime=${at} title=${exactTime(at)}>${isExact ? time(at) : ago(at)}</time>`;
