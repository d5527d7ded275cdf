import { read, write } from "chat/lib/storage";

/**
 * What is written but not sent, kept for this tab so that a reload loses nothing.
 *
 * @typedef {import("chat/live/protocol").Part} Part
 */

/** How long a draft waits for more, in milliseconds: to write a long one takes some of them, too many for each key. */
const PAUSE = 300;

/** @type {Map<string, Part[]>} drafts that are not written yet */
const waiting = new Map();

/**
 * @param {string} key
 * @returns {Part[]}
 */
export const readDraft = (key) => waiting.get(key) ?? read(`draft/${key}`) ?? [];

/**
 * @param {string} key
 * @param {Part[]} content
 */
export function writeDraft(key, content) {
  if (!waiting.size) setTimeout(writeWaiting, PAUSE);
  waiting.set(key, content);
}

function writeWaiting() {
  for (const [key, content] of waiting) write(`draft/${key}`, content.length ? content : null);
  waiting.clear();
}

addEventListener("pagehide", writeWaiting);
// A phone may end a page that is out of sight without another word.
document.addEventListener("visibilitychange", writeWaiting);
