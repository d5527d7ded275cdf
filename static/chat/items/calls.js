/** How a call of a tool stands, in words. */

import { parseJson, readable } from "chat/items/blocks";
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
/** How much of the arguments stands beside the title. */
const MAX_NOTE_CHARACTERS = 120;

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
 * Return the blocks with what a call put out, and what the person who decided about it told the model.
 *
 * @param {ToolCall} call
 * @returns {Block[]}
 */
export function outputOfCall({ output, note }) {
  const parts = Array.isArray(output) ? output : [{ type: "input_text", text: output ?? "" }];
  return [
    { name: "note", format: "text", content: note, label: gettext("What you told the model") },
    ...parts.map((part, at) => outputBlock(part, `output-${at}`, at === 0 ? gettext("Result") : "")),
  ];
}

/**
 * @param {any} part
 * @param {string} name
 * @param {string} label
 * @returns {Block}
 */
function outputBlock(part, name, label) {
  const url = imageUrl(part);
  return url ? { name, format: "image", content: url, label } : readable(name, part?.text, label);
}

/**
 * Return the address of an image that stands in the part itself or on this site: another site would learn who reads this.
 *
 * @param {any} part
 */
function imageUrl(part) {
  const { file_id, image_url } = part ?? {};
  if (typeof image_url === "string" && image_url.startsWith("data:image/")) return image_url;
  return typeof file_id === "string" && /^[0-9a-f-]{36}$/.test(file_id) ? `/attachments/${file_id}/` : "";
}

/** @param {number} seconds */
function inSeconds(seconds) {
  const options = { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: seconds < 10 ? 1 : 0 };
  return seconds.toLocaleString(document.documentElement.lang || undefined, /** @type {any} */ (options));
}
