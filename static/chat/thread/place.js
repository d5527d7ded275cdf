/** Where a reader is in a thread, so that the page can return there when it shows the conversation again. */

/**
 * `path` leads from the response to the block at the top of what is seen, by the indexes of children; `offset` is how far
 * below the top that block begins.
 *
 * @typedef {{response: string, path: number[], offset: number}} Place
 */

/** What a person moves with. */
const MOVES = ["wheel", "touchstart", "pointerdown", "keydown"];

/**
 * Return the place at the top of what is seen; null if no response is there.
 *
 * @param {HTMLElement} log
 * @returns {Place | null}
 */
export function placeIn(log) {
  const { top, left, width } = log.getBoundingClientRect();
  const block = document.elementFromPoint(left + width / 2, top + 1);
  const response = block?.closest("chat-response");
  if (!block || !(response instanceof HTMLElement) || !response.dataset.id) return null;
  const path = [];
  for (let at = block; at !== response && at.parentElement; at = at.parentElement)
    path.unshift([...at.parentElement.children].indexOf(at));
  return { response: response.dataset.id, path, offset: block.getBoundingClientRect().top - top };
}

/**
 * Scroll to a place, and once more when everything is drawn, unless the person has moved meanwhile.
 *
 * @param {HTMLElement} log
 * @param {Element} response that of the place
 * @param {Place} place
 * @param {Promise<void>} drawn
 */
export async function scrollToPlace(log, response, place, drawn) {
  const aborter = new AbortController();
  for (const move of MOVES)
    addEventListener(move, () => aborter.abort(), { passive: true, capture: true, signal: aborter.signal });
  scroll(log, response, place);
  await drawn;
  if (!aborter.signal.aborted) scroll(log, response, place);
  aborter.abort();
}

/**
 * @param {HTMLElement} log
 * @param {Element} response
 * @param {Place} place
 */
function scroll(log, response, { path, offset }) {
  let block = response;
  for (const at of path) block = block.children[at] ?? block;
  // What is laid out only now changes the heights above the block.
  for (let tries = 0; tries < 3; tries++)
    log.scrollTop += block.getBoundingClientRect().top - log.getBoundingClientRect().top - offset;
}
