/** How a call of a tool stands, in words. */

import { block, outputBlocks, parseJson } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").ToolCall} ToolCall
 */

/** What a reader sees of each status of a call. @type {Record<string, {state: string, word: string}>} */
const STATES = {
  requested: { state: "running", word: gettext("Running…") },
  running: { state: "running", word: gettext("Running…") },
  waiting: { state: "waiting", word: gettext("Waiting for you") },
  done: { state: "done", word: gettext("Done") },
  failed: { state: "failed", word: gettext("Failed") },
  refused: { state: "refused", word: gettext("Not allowed") },
  interrupted: { state: "interrupted", word: gettext("Interrupted") },
  cancelled: { state: "cancelled", word: gettext("Stopped") },
};
/** The statuses that a call leaves again, in their order. */
const OPEN = ["waiting", "requested", "running"];
/** How much of the arguments stands beside the title. */
const MAX_NOTE_CHARACTERS = 120;

/** Return whether a call has not ended. @param {ToolCall} call */
export const isOpen = ({ status }) => OPEN.includes(status);

/**
 * Return calls by their places, each as it was told of last. What a response says of its calls may come after what the
 * step that runs them says, because they have logs of their own.
 *
 * @param {Map<number, ToolCall>} known
 * @param {ToolCall[]} told by their response
 */
export function withTold(known, told) {
  const newer = told.filter((call) => progressOf(call) >= progressOf(known.get(call.place)));
  return new Map([...known, ...newer.map((call) => /** @type {const} */ ([call.place, call]))]);
}

/** @param {ToolCall | undefined} call */
function progressOf(call) {
  if (!call) return -1;
  return isOpen(call) ? OPEN.indexOf(call.status) : OPEN.length;
}

/**
 * Return the state of a call, and how it is said, with how long the call took.
 *
 * @param {ToolCall} call
 * @param {string} [type] of its item
 */
export function stateOfCall({ status, handoff, memory, started_at, ended_at }, type) {
  // Their titles say it.
  if (handoff || memory) return { state: handoff ? "handoff" : "memory", stateText: "" };
  // The provider runs it, and only asked.
  if (type === "mcp_approval_request" && status === "done") return { state: "done", stateText: gettext("Allowed") };
  const { state, word } = STATES[status] ?? { state: "", word: status };
  const seconds = started_at && ended_at ? ended_at - started_at : 0;
  return { state, stateText: seconds >= 0.1 ? `${word} · ${inSeconds(seconds)}` : word };
}

/**
 * Return how a handoff is said.
 *
 * @param {string} name of the assistant that took over; empty if none did
 */
export const titleOfHandoff = (name) =>
  name ? interpolate(gettext("%(name)s took over"), { name }) : gettext("Handoff that didn't happen");

/**
 * Return the arguments of a call in one line.
 *
 * @param {ToolCall} call
 */
export function noteOfCall({ arguments: written }) {
  let note = written;
  try {
    const parsed = parseJson(written);
    if (typeof parsed === "object" && parsed) {
      note = Object.values(parsed)
        .filter((value) => value !== null)
        .map((value) => (typeof value === "string" ? value : JSON.stringify(value)))
        .join(" · ");
    }
  } catch {
    // What is no JSON is shown as it is.
  }
  return note.length > MAX_NOTE_CHARACTERS ? `${note.slice(0, MAX_NOTE_CHARACTERS)}…` : note;
}

/**
 * Return the block with what the person who decided about a call told the model.
 *
 * @param {ToolCall} call
 * @returns {Block}
 */
export const noteToModel = ({ note }) => block("note", "text", note, gettext("What you told the model"));

/**
 * Return the blocks with what the person who decided about a call told the model, and what it put out.
 *
 * @param {ToolCall} call
 * @returns {Block[]}
 */
export const outputOfCall = (call) => [noteToModel(call), ...outputBlocks(call.output)];

/** @param {number} seconds */
function inSeconds(seconds) {
  const options = { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: seconds < 10 ? 1 : 0 };
  return seconds.toLocaleString(document.documentElement.lang || undefined, /** @type {any} */ (options));
}
