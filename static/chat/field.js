/** What the fields have in common in which questions are written. */

/**
 * Whether a key sends what is written. The Enter that ends a composition (keyCode 229 in Safari) chooses a word.
 *
 * @param {KeyboardEvent} event
 */
export const sends = ({ key, shiftKey, isComposing, keyCode }) =>
  key === "Enter" && !shiftKey && !isComposing && keyCode !== 229;

/**
 * A sentence where the text is too long to be sent, else nothing.
 *
 * @param {string} text
 * @param {number} longest
 */
export function lengthProblem(text, longest) {
  if ([...text].length <= longest) return "";
  return `The question is longer than ${longest.toLocaleString("en")} characters. Shorten or split it.`;
}

/**
 * Where CSS cannot grow a field with its text (`field-sizing`).
 *
 * @param {HTMLTextAreaElement} field
 */
export function fit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
