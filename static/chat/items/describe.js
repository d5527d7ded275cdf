/** What a reader sees of output items that are no messages; an item of an unknown type is shown as what it is. */

import { string } from "chat/items/blocks";
import { unknown } from "chat/items/kinds/unknown";
import * as registry from "chat/items/registry";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 *
 * @typedef {object} Progress
 * @property {boolean} isRunning
 * @property {number} seconds how long it ran before the reader's eyes; 0 if that is not known
 *
 * @typedef {object} Shown what there is to see of an item
 * @property {string} title
 * @property {string} [note] what it is about, beside the title
 * @property {Block[]} [blocks] those without content are left out
 *
 * @typedef {object} Kind what is known of a type of item
 * @property {(item: any, progress: Progress) => Shown | null} show null if there is nothing to see
 * @property {boolean} [isOpen] whether its blocks are unfolded
 * @property {Record<string, (event: ResponseEvent) => Block>} [deltas] for each type of event what it adds to a block
 * @property {Record<string, (event: ResponseEvent) => Block>} [previews] for each type of event what the block is by then
 * @property {() => (delta: Block) => string} [noteOfDeltas] makes, for one item, what tells the note after each delta
 *
 * @typedef {Record<string, Kind>} Kinds each kind by the type of its items
 *
 * @typedef {{type: string, title: string, note: string, blocks: Block[], state: string, isOpen: boolean}} Description
 */

const RUNNING = new Set(["in_progress", "searching", "interpreting", "generating", "calling"]);

/** @type {[string, Kind][]} */
const KINDS = Object.values(registry).flatMap((kinds) => Object.entries(kinds));
/** @type {Map<string, Kind>} */
const BY_TYPE = new Map(KINDS);
const DELTAS = byEvent("deltas");
const PREVIEWS = byEvent("previews");

/**
 * Describe an item as a reader sees it.
 *
 * @param {Item} item
 * @param {{isOver?: boolean, seconds?: number}} [answer] what was cut off does not run any more if the answer is over;
 *   `seconds` as in `Progress`
 * @returns {Description | null} null if there is nothing to see: a message, which is shown by its parts, or a thought
 *   without words
 */
export function describe(item, { isOver = false, seconds = 0 } = {}) {
  const type = string(item.type) || "unknown";
  if (type === "message" && Array.isArray(item.content)) return null;
  const stated = stateOf(item.status);
  const state = isOver && stated === "running" ? "" : stated;
  const { show, isOpen = false } = BY_TYPE.get(type) ?? unknown;
  const shown = show(item, { isRunning: state === "running", seconds });
  if (!shown) return null;
  const { title, note = "", blocks = [] } = shown;
  return { type, title, note, blocks: blocks.filter(({ content }) => content), state, isOpen };
}

/**
 * The state that a status means: `running`, `failed`, or none worth a word.
 *
 * @param {unknown} status
 */
export function stateOf(status) {
  if (status === "failed") return "failed";
  return typeof status === "string" && RUNNING.has(status) ? "running" : "";
}

/**
 * What an event adds to an item of which type, if it is a delta of one.
 *
 * @param {ResponseEvent} event
 */
export const deltaOf = (event) => DELTAS.get(event.type)?.(event);

/**
 * What an event shows of an item that is being made, if it shows one.
 *
 * @param {ResponseEvent} event
 */
export const previewOf = (event) => PREVIEWS.get(event.type)?.(event);

/**
 * What tells the note of an item of this type after each delta, if it has one.
 *
 * @param {string} type
 */
export const noteOfDeltas = (type) => BY_TYPE.get(type)?.noteOfDeltas?.();

/** @param {"deltas" | "previews"} name */
function byEvent(name) {
  return new Map(
    KINDS.flatMap(([type, kind]) =>
      Object.entries(kind[name] ?? {}).map(([event, make]) => [
        event,
        (/** @type {ResponseEvent} */ received) => ({ type, block: make(received) }),
      ]),
    ),
  );
}
