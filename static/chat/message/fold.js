import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** How many lines of a message are shown before it is folded, and about how many characters a line has. */
const MAX_LINES = 20;
const LINE_LENGTH = 80;

/**
 * Fold a message if it is long, with a button that unfolds it.
 *
 * @param {HTMLElement} message
 */
export function fold(message) {
  const button = find(message, ".unfold", HTMLButtonElement);
  const isLong = isLongText(find(message, ".words", HTMLElement).textContent);
  button.hidden = !isLong;
  show(message, button, !isLong);
  button.onclick = () => show(message, button, message.hasAttribute("data-folded"));
}

/**
 * Estimate whether a text has too many lines, without laying it out.
 *
 * @param {string} text
 */
export function isLongText(text) {
  if (text.length > MAX_LINES * LINE_LENGTH) return true;
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => Math.max(Math.ceil(line.length / LINE_LENGTH), 1));
  return lines.reduce((sum, count) => sum + count, 0) > MAX_LINES;
}

/**
 * @param {HTMLElement} message
 * @param {HTMLButtonElement} button
 * @param {boolean} isWhole
 */
function show(message, button, isWhole) {
  message.toggleAttribute("data-folded", !isWhole);
  button.ariaExpanded = String(isWhole);
  button.textContent = button.hidden ? "" : isWhole ? gettext("Show less") : gettext("Show more");
}
