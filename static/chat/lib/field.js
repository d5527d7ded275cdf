import { gettext, interpolate } from "chat/lib/translations";

/** The keys and limits of fields for messages. */

/**
 * Return whether people type on a touch screen.
 *
 * Enter breaks the line there, as in other apps: on-screen keyboards have no Shift+Enter, and Send is within reach. An
 * attached keyboard sends with Ctrl+Enter or ⌘+Enter.
 */
export const isTouchScreen = () => matchMedia("(hover: none) and (pointer: coarse)").matches;

/**
 * Return whether a key press belongs to an input method. In Safari, the one that ends a composition comes after its end.
 *
 * @param {Pick<KeyboardEvent, "isComposing" | "keyCode">} event
 */
export const isOfInputMethod = ({ isComposing, keyCode }) => isComposing || keyCode === 229;

/**
 * Return whether a key press sends the message.
 *
 * @param {Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "isComposing" | "keyCode">} event
 * @param {boolean} [enterSends] whether Enter sends without Ctrl or ⌘
 */
export function isSendKey(event, enterSends = true) {
  const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
  if (key !== "Enter" || shiftKey || altKey || isOfInputMethod(event)) return false;
  return enterSends || ctrlKey || metaKey;
}

/**
 * Return a sentence for the person if a text is too long to be sent, otherwise an empty string.
 *
 * @param {string} text
 * @param {number} limit in characters (code points)
 */
export function lengthProblem(text, limit) {
  // Count as the server does: an emoji is one character, but two UTF-16 code units.
  if (text.length <= limit) return "";
  const length = text.length - (text.match(/[\uD800-\uDBFF][\uDC00-\uDFFF]/g)?.length ?? 0);
  if (length <= limit) return "";
  return interpolate(
    gettext("Your message is longer than %(limit)s characters: it has %(length)s. Shorten or split it."),
    { limit: withSeparators(limit), length: withSeparators(length) },
  );
}

/** @param {number} number */
const withSeparators = (number) => number.toLocaleString(globalThis.document?.documentElement.lang || "en");

/**
 * Make a field as high as its text, in browsers that lack CSS's `field-sizing`.
 *
 * @param {HTMLTextAreaElement} field
 */
export function growToFit(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}
