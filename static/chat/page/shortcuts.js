import { gettext } from "chat/lib/translations";

/**
 * What the keyboard does on the chat page. Keys are named as KeyboardEvent.key names them; Mod is Ctrl, or ⌘ on a Mac.
 *
 * @typedef {{keys: string[], label: string, name?: string}} Shortcut the name is of what keyboard-help.js does then; the
 *   keys of those without one are heard where one writes
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">} Press
 */

/**
 * @param {boolean} enterSends
 * @returns {Shortcut[]}
 */
export const shortcuts = (enterSends) => [
  { keys: [enterSends ? "Enter" : "Mod+Enter"], label: gettext("Send the message") },
  { keys: [enterSends ? "Shift+Enter" : "Enter"], label: gettext("Start a new line") },
  { keys: ["ArrowUp"], label: gettext("Edit your last message when the message field is empty") },
  { keys: ["Escape"], label: gettext("Stop the answer or cancel editing"), name: "stop" },
  { keys: ["Shift+Escape"], label: gettext("Go to the message field"), name: "write" },
  { keys: ["Alt+ArrowUp"], label: gettext("Go to your previous message"), name: "previous" },
  { keys: ["Alt+ArrowDown"], label: gettext("Go to your next message"), name: "next" },
  { keys: ["Mod+Shift+C"], label: gettext("Copy the last answer"), name: "copy" },
  { keys: ["Mod+Shift+O"], label: gettext("Start a new conversation"), name: "begin" },
  { keys: ["Mod+Z"], label: gettext("Undo a deletion when no field has the focus"), name: "undo" },
  { keys: ["Mod+K", "/"], label: gettext("Search your conversations"), name: "search" },
  { keys: ["Mod+/", "?"], label: gettext("Show keyboard shortcuts"), name: "help" },
];

/**
 * Whether these keys are a character alone, which dictation and a slip of the hand type as well.
 *
 * @param {string} keys
 */
export const isSingle = (keys) => keys.length === 1;

/**
 * Whether a press is of these keys.
 *
 * @param {Press} press
 * @param {string} keys
 * @param {boolean} isMac
 */
export function matches({ key, code, shiftKey, ctrlKey, altKey, metaKey }, keys, isMac) {
  const wanted = keys.split("+");
  const last = wanted.pop() ?? "";
  const [mod, otherMod] = isMac ? [metaKey, ctrlKey] : [ctrlKey, metaKey];
  if (mod !== wanted.includes("Mod") || otherMod || altKey !== wanted.includes("Alt")) return false;
  // Where "/" and "?" are, and whether they take Shift, is for the keyboard to say.
  const isSign = /^[^\w]$/.test(last);
  return (isSign || shiftKey === wanted.includes("Shift")) && letter(key, code) === last;
}

/**
 * The names of keys as a keyboard has them.
 *
 * @param {string} keys
 * @param {boolean} isMac
 * @returns {string[]}
 */
export const keyNames = (keys, isMac) => keys.split("+").map((key) => (isMac ? ON_MAC : NAMES)[key] ?? key);

/** @type {Record<string, string>} */
const NAMES = { Mod: gettext("Ctrl"), Shift: gettext("Shift"), Escape: gettext("Esc"), ArrowUp: "↑", ArrowDown: "↓" };
/** @type {Record<string, string>} */
const ON_MAC = { ...NAMES, Mod: "⌘", Shift: "⇧", Alt: "⌥", Enter: "↩" };

/**
 * The letter that a press means, on keyboards of other alphabets by its place.
 *
 * @param {string} key
 * @param {string} code
 */
function letter(key, code) {
  const isForeign = key.length === 1 && key > "\x7f" && code.startsWith("Key");
  const meant = isForeign ? code.slice(3) : key;
  return meant.length === 1 ? meant.toUpperCase() : meant;
}
