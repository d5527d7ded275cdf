import { read, write } from "chat/lib/storage";

/**
 * Drafts: messages that are written but not sent. They are stored for this tab, so that a reload loses nothing.
 *
 * @typedef {import("chat/live/protocol").Part} Part
 */

/** How long a draft waits to be stored. Storing a long one takes milliseconds, too many for each keystroke. */
const SAVE_DELAY_MS = 300;

/** @type {Map<string, Part[]>} drafts that are not stored yet */
const unsaved = new Map();

/**
 * Return the draft with this key; empty if there is none.
 *
 * @param {string} key
 * @returns {Part[]}
 */
export const readDraft = (key) => unsaved.get(key) ?? read(`draft/${key}`) ?? [];

/**
 * Store a draft soon, and at the latest when the page is left; an empty one is removed.
 *
 * @param {string} key
 * @param {Part[]} content
 */
export function writeDraft(key, content) {
  if (!unsaved.size) setTimeout(storeUnsaved, SAVE_DELAY_MS);
  unsaved.set(key, content);
}

function storeUnsaved() {
  for (const [key, content] of unsaved) write(`draft/${key}`, content.length ? content : null);
  unsaved.clear();
}

addEventListener("pagehide", storeUnsaved);
// A phone may end a hidden page without another event.
document.addEventListener("visibilitychange", storeUnsaved);
