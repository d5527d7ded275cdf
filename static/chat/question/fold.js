import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/** From how many lines on a question is folded, and about how many characters a line has. */
const LINES = 20;
const LINE = 80;

/**
 * Folds the words of a question where they are long, and lets them be unfolded.
 *
 * @param {HTMLElement} question
 */
export function fold(question) {
  const button = find(question, ".unfold", HTMLButtonElement);
  const isLong = isLongText(find(question, ".words", HTMLElement).textContent);
  button.hidden = !isLong;
  show(question, button, !isLong);
  button.onclick = () => show(question, button, question.hasAttribute("data-folded"));
}

/**
 * Whether a text has too many lines, as far as can be told without laying it out.
 *
 * @param {string} text
 */
export function isLongText(text) {
  if (text.length > LINES * LINE) return true;
  const lines = text
    .replace(/\n$/, "")
    .split("\n")
    .map((line) => Math.max(Math.ceil(line.length / LINE), 1));
  return lines.reduce((all, some) => all + some, 0) > LINES;
}

/**
 * @param {HTMLElement} question
 * @param {HTMLButtonElement} button
 * @param {boolean} isWhole
 */
function show(question, button, isWhole) {
  question.toggleAttribute("data-folded", !isWhole);
  button.ariaExpanded = String(isWhole);
  button.textContent = button.hidden ? "" : isWhole ? gettext("Show less") : gettext("Show more");
}
