/** The tab's title: what is open in it, and how many answers came to their end while nobody saw it. */

import { isEnd } from "chat/live/protocol";

/** @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent */

let name = document.title;
let unread = 0;

document.addEventListener("advance", (event) => {
  const { type } = /** @type {CustomEvent<ResponseEvent>} */ (event).detail;
  // What was stopped was stopped by the person.
  if (document.hidden && isEnd(type) && type !== "response.cancelled") show(name, unread + 1);
});
document.addEventListener("visibilitychange", () => document.hidden || show(name, 0));

/** @param {string} conversation its title */
export function nameTab(conversation) {
  show(`${conversation} · Chat`, unread);
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
