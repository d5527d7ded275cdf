import { gettext } from "chat/lib/translations";

/**
 * The keyboard shortcuts of the chat page. Keys are named as in KeyboardEvent.key; Mod is Ctrl, or ⌘ on a Mac.
 *
 * @typedef {{keys: string[], label: string, name?: string}} Shortcut the name is the one of its action in
 *   keyboard-help.js; a shortcut without a name is handled by the field in which it works
 * @typedef {Pick<KeyboardEvent, "key" | "code" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey">} Press
 */

/**
 * List all shortcuts.
 *
 * @param {boolean} enterSends whether Enter alone sends a message
 * @returns {Shortcut[]}
 */
export const shortcuts = (enterSends) => [
  { keys: [enterSends ? "Enter" : "Mod+Enter"], label: gettext("Send the message") },
  { keys: [enterSends ? "Shift+Enter" : "Enter"], label: gettext("New line") },
  { keys: ["ArrowUp"], label: gettext("Edit your last message (when the field is empty)") },
  { keys: ["Escape"], label: gettext("Stop the answer or cancel editing"), name: "stop" },
  { keys: ["Shift+Escape"], label: gettext("Go to the message field"), name: "write" },
  { keys: ["Alt+ArrowUp"], label: gettext("Previous message"), name: "previous" },
  { keys: ["Alt+ArrowDown"], label: gettext("Next message"), name: "next" },
  { keys: ["Mod+Shift+C"], label: gettext("Copy the last answer"), name: "copy" },
  { keys: ["Mod+P"], label: gettext("Print the conversation"), name: "print" },
  { keys: ["Mod+Shift+O"], label: gettext("New conversation"), name: "begin" },
  { keys: ["Mod+Z"], label: gettext("Undo delete (when no field is focused)"), name: "undo" },
  { keys: ["Mod+K", "/"], label: gettext("Search your conversations"), name: "search" },
  { keys: ["Mod+/", "?"], label: gettext("Show keyboard shortcuts"), name: "help" },
];

/**
 * Return whether this is a single-character key, which dictation or a slip of the hand can also type.
 *
 * @param {string} keys
 */
export const isSingle = (keys) => keys.length === 1;

/**
 * Return whether a key press matches these keys.
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
  // Whether "/" and "?" need Shift depends on the keyboard's layout.
  const isSymbol = /^[^\w]$/.test(last);
  return (isSymbol || shiftKey === wanted.includes("Shift")) && letter(key, code) === last;
}

/**
 * Return the names of keys as printed on a keyboard.
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
 * Return the letter of a key press. If the keyboard's layout isn't Latin, it is the one at the key's position.
 *
 * @param {string} key
 * @param {string} code
 */
function letter(key, code) {
  const isForeign = key.length === 1 && key > "\x7f" && code.startsWith("Key");
  const meant = isForeign ? code.slice(3) : key;
  return meant.length === 1 ? meant.toUpperCase() : meant;
}
