import { gettext, interpolate } from "chat/lib/translations";

/** What the field has to know in which a question is written. */

/**
 * Whether it is written with a finger. There Enter breaks the line: the keyboard on the glass has no Shift+Enter, every
 * other app does so, and Send is right beside the thumb. A keyboard that is attached sends with Ctrl+Enter or ⌘+Enter.
 */
export const isTouchScreen = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

/**
 * Whether a key sends what is written. The Enter that ends a composition (keyCode 229 in Safari) chooses a word.
 *
 * @param {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "isComposing" | "keyCode">} event
 * @param {boolean} [enterSends] else it does so with Ctrl or ⌘ alone
 */
export function isSendKey({ key, shiftKey, ctrlKey, altKey, metaKey, isComposing, keyCode }, enterSends = true) {
  if (key !== "Enter" || shiftKey || altKey || isComposing || keyCode === 229) return false;
  return enterSends || ctrlKey || metaKey;
}

/**
 * A sentence where the text is too long to be sent, else nothing.
 *
 * @param {string} text
 * @param {number} longest
 */
export function lengthProblem(text, longest) {
  // Counted as the server does, where it matters: an emoji is one character, and two units of the text.
  if (text.length <= longest) return "";
  const length = text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
  if (length <= longest) return "";
  return interpolate(
    gettext("The question is longer than %(longest)s characters: it has %(length)s. Shorten or split it."),
    { longest: withSeparators(longest), length: withSeparators(length) },
  );
}

/** @param {number} number */
const withSeparators = (number) => number.toLocaleString(globalThis.document?.documentElement.lang || "en");

/**
 * Where CSS cannot grow a field with its text (`field-sizing`).
 *
 * @param {HTMLTextAreaElement} field
 */
export function growToFit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
