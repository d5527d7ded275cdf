import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").FormatProblem} FormatProblem */

/** Problems of the whole answer, which need no list of places. */
const OF_ALL = new Set(["cut", "refused", "answer_not_json", "answer_too_large", "schema_unusable"]);

/**
 * Say what is wrong with the data of an answer.
 *
 * @param {HTMLElement} note
 * @param {FormatProblem[]} problems
 */
export function showProblems(note, problems) {
  const whole = problems.find(({ code }) => OF_ALL.has(code));
  note.hidden = !problems.length;
  find(note, "p", HTMLElement).textContent = whole ? sentence(whole) : "";
  find(note, "details", HTMLElement).hidden = Boolean(whole);
  find(note, "ul", HTMLElement).replaceChildren(...(whole ? [] : problems.map(entry)));
}

/** @param {FormatProblem} problem */
function entry(problem) {
  const element = document.createElement("li");
  const place = placeOf(problem.path);
  if (place) {
    const code = document.createElement("code");
    code.textContent = place;
    element.append(code, " ");
  }
  element.append(sentence(problem));
  return element;
}

/** @param {FormatProblem} problem */
const sentence = ({ message, values }) => interpolate(gettext(message), values);

/**
 * Return a JSON pointer as programmers write places: `rows[2].price`, counted from 0.
 *
 * @param {string} pointer
 */
export function placeOf(pointer) {
  const steps = pointer
    .split("/")
    .slice(1)
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  return steps.map((step, at) => (/^\d+$/.test(step) ? `[${step}]` : `${at ? "." : ""}${step}`)).join("");
}
