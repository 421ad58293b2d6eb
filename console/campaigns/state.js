// The states of a campaign, and the moves between them.
import { act, toast } from "../base/toasts.js";
import { confirmed } from "../base/dialogs.js";
import { html, useState } from "../base/html.js";
import { followed } from "../base/jobs.js";
import { Button } from "../components/button.js";
import { Badge } from "../components/chip.js";
import { texts } from "../texts.js";

const words = texts.campaigns;
const TONES = { DRAFT: "neutral", SCHEDULED: "accent", RUNNING: "good", PAUSED: "warning", COMPLETED: "neutral", ARCHIVED: "neutral" };
/** The moves from a state. The first one is the usual next step. */
const MOVES = {
  DRAFT: ["SCHEDULED"],
  SCHEDULED: ["RUNNING", "DRAFT"],
  RUNNING: ["PAUSED", "COMPLETED"],
  PAUSED: ["RUNNING", "COMPLETED"],
  COMPLETED: ["ARCHIVED"],
  ARCHIVED: [],
};

export const STATES = Object.keys(MOVES);
export const takesContacts = ({ status }) => status !== "COMPLETED" && status !== "ARCHIVED";

export const State = ({ status }) => html`<${Badge} tone=${TONES[status]}>${words.states[status]}<//>`;

/** Buttons for the moves of a campaign. */
export function Moves({ campaign, onMoved }) {
  const [moving, setMoving] = useState(null);
  const { id, status, lists } = campaign;
  const move = async (to) => {
    const question = words.questions[`${status} ${to}`];
    if (question && !(await confirmed(question))) return;
    setMoving(to);
    const payload = await act("campaigns/update", { id, status: to });
    if (payload?.job) await followed(payload.job.id, words.addingMembers);
    if (payload) toast(words.moved[to] + (status === "DRAFT" && lists.length ? ` ${words.membersAdded}` : ""));
    setMoving(null);
    onMoved();
  };
  return MOVES[status].map((to, index) => html`
    <${Button} key=${to} look=${index === 0 && to !== "PAUSED" ? "primary" : "plain"} isBusy=${moving === to} disabled=${moving !== null}
      onClick=${() => move(to)}>${words.moves[`${status} ${to}`] ?? words.moves[to]}<//>
  `);
}
