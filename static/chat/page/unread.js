/** The tab's title: the open conversation, and how many answers have ended while the tab was hidden. */

import { isEnd, WAITING } from "chat/live/protocol";

/**
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 */

let name = document.title;
let unread = 0;

document.addEventListener("advance", (event) => {
  const { target, detail } = /** @type {CustomEvent<ResponseEvent>} */ (event);
  const isRunning = /** @type {ChatResponse} */ (target).isRunning;
  // The person stopped a cancelled answer, so it isn't news.
  const isNews = (isEnd(detail.type) && detail.type !== "response.cancelled") || detail.type === WAITING;
  if (document.hidden && isNews && !isRunning) show(name, unread + 1);
});
document.addEventListener("visibilitychange", () => document.hidden || show(name, 0));

/**
 * Show a conversation's title in the tab.
 *
 * @param {string} conversation
 */
export function nameTab(conversation) {
  show(`${conversation} · Chat`, unread);
}

/**
 * Show the title of another conversation's page in the tab.
 *
 * @param {string} title
 */
export function titleTab(title) {
  show(title, 0);
}

/**
 * @param {string} title
 * @param {number} count
 */
function show(title, count) {
  name = title;
  unread = count;
  document.title = unread ? `(${unread}) ${name}` : name;
}
