/** Descriptions of the output items that aren't messages, as readers see them. Unknown types are shown as JSON. */

import { string } from "chat/items/blocks";
import { stateOfCall } from "chat/items/calls";
import { unknown } from "chat/items/kinds/unknown";
import { KINDS } from "chat/items/registry";
import { gettext } from "chat/lib/translations";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ToolCall} ToolCall
 *
 * @typedef {object} Progress
 * @property {boolean} isRunning
 * @property {number} seconds how long the page saw it run; 0 if unknown
 * @property {ToolCall} [call] what became of an item that calls a tool of this site
 *
 * @typedef {object} View what is shown of an item
 * @property {string} title
 * @property {string} [note] a detail beside the title, such as a query
 * @property {Block[]} [blocks] empty ones are omitted
 *
 * @typedef {object} Kind how a type of item is shown
 * @property {(item: any, progress: Progress) => View | null} show returns null if there is nothing to see
 * @property {boolean} [isOpen] whether its blocks are unfolded at first
 * @property {Record<string, (event: ResponseEvent) => Block>} [deltas] by type of event: what it adds to a block, or an
 *   image that takes the place of the one before
 * @property {() => (delta: Block) => string} [createNoteOf] returns a function for one item, which takes each delta and
 *   returns the note
 *
 * @typedef {Record<string, Kind>} Kinds kinds by the type of their items
 *
 * @typedef {{type: string, title: string, note: string, blocks: Block[], state: string, stateText: string, isOpen: boolean}} Description
 */

const RUNNING = new Set(["in_progress", "searching", "interpreting", "generating", "calling"]);

/** @type {Map<string, Kind>} */
const BY_TYPE = new Map(Object.entries(KINDS));
const DELTAS = new Map(
  [...BY_TYPE].flatMap(([type, { deltas = {} }]) =>
    Object.entries(deltas).map(([event, make]) => [event, { type, make }]),
  ),
);

/**
 * Describe an item as a reader sees it, or return null if there is nothing to see: a message, whose parts are shown, or
 * reasoning without text.
 *
 * @param {Item} item
 * @param {{isOver?: boolean, seconds?: number, call?: ToolCall}} [answer] `isOver` says that the response has ended, so
 *   that an item that was cut off isn't shown as running; the others are as in `Progress`
 * @returns {Description | null}
 */
export function describe(item, { isOver = false, seconds = 0, call } = {}) {
  const type = string(item.type) || "unknown";
  if (type === "message" && Array.isArray(item.content)) return null;
  const stated = stateOf(item.status);
  const ownState = isOver && stated === "running" ? "" : stated;
  const { state, stateText } = call ? stateOfCall(call, type) : { state: ownState, stateText: wordFor(ownState) };
  const { show, isOpen = false } = BY_TYPE.get(type) ?? unknown;
  const shown = show(item, { isRunning: state === "running", seconds, call });
  if (!shown) return null;
  const { title, note = "", blocks = [] } = shown;
  return { type, title, note, blocks: blocks.filter(({ content }) => content), state, stateText, isOpen };
}

/**
 * Return the state to show for a status: "running", "failed" or "".
 *
 * @param {unknown} status
 */
export function stateOf(status) {
  if (status === "failed") return "failed";
  return typeof status === "string" && RUNNING.has(status) ? "running" : "";
}

/**
 * Return the word for the state of an item that is no call of a tool of this site.
 *
 * @param {string} state
 */
export const wordFor = (state) => (state === "failed" ? gettext("Failed") : "");

/**
 * Return the block that an event adds to an item, and the item's type; undefined if it isn't a delta of an item.
 *
 * @param {ResponseEvent} event
 */
export function deltaOf(event) {
  const found = DELTAS.get(event.type);
  return found && { type: found.type, block: found.make(event) };
}

/**
 * Return a function that is called with each delta of an item and returns its note; undefined if the type has none.
 *
 * @param {string} type
 */
export const createNoteOf = (type) => BY_TYPE.get(type)?.createNoteOf?.();
