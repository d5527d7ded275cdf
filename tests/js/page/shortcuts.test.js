import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { isSingle, keyNames, matches, shortcuts } = await import("chat/page/shortcuts");

/**
 * @param {string} key
 * @param {object} keys
 */
const press = (key, keys = {}) => ({
  key,
  code: "",
  shiftKey: false,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  ...keys,
});

/**
 * The name of a key press, the press, the shortcut's keys, whether this is a Mac, and whether they match.
 *
 * @type {[string, ReturnType<typeof press>, string, boolean, boolean][]}
 */
const PRESSES = [
  ["Ctrl+K", press("k", { ctrlKey: true }), "Mod+K", false, true],
  ["Ctrl+K with caps lock", press("K", { ctrlKey: true }), "Mod+K", false, true],
  ["Ctrl+K on a Russian keyboard", press("л", { ctrlKey: true, code: "KeyK" }), "Mod+K", false, true],
  ["Ctrl+Shift+K", press("K", { ctrlKey: true, shiftKey: true }), "Mod+K", false, false],
  ["Ctrl+Alt+K", press("k", { ctrlKey: true, altKey: true }), "Mod+K", false, false],
  ["K", press("k"), "Mod+K", false, false],
  ["⌘K", press("k", { metaKey: true }), "Mod+K", true, true],
  ["Ctrl+K on a Mac (delete to the end of the line)", press("k", { ctrlKey: true }), "Mod+K", true, false],
  ["The Windows key with K", press("k", { metaKey: true }), "Mod+K", false, false],
  ["Ctrl+Shift+C", press("C", { ctrlKey: true, shiftKey: true }), "Mod+Shift+C", false, true],
  ["Ctrl+C (copy)", press("c", { ctrlKey: true }), "Mod+Shift+C", false, false],
  ["?", press("?", { shiftKey: true }), "?", false, true],
  ["? on a keyboard that has it without Shift", press("?"), "?", false, true],
  ["Ctrl+?", press("?", { ctrlKey: true }), "?", false, false],
  ["/", press("/"), "/", false, true],
  ["Ctrl+/ on a German keyboard", press("/", { ctrlKey: true, shiftKey: true }), "Mod+/", false, true],
  ["Alt+Up", press("ArrowUp", { altKey: true }), "Alt+ArrowUp", false, true],
  ["Up", press("ArrowUp"), "Alt+ArrowUp", false, false],
  ["Escape", press("Escape"), "Escape", false, true],
  ["Shift+Escape", press("Escape", { shiftKey: true }), "Escape", false, false],
];

for (const [name, pressed, keys, isMac, isMatch] of PRESSES) {
  test(`${name} ${isMatch ? "matches" : "does not match"} ${keys}`, () =>
    assert.equal(matches(pressed, keys, isMac), isMatch));
}

test("Keys have the names that are printed on the keyboard", () => {
  assert.deepEqual(keyNames("Mod+Shift+C", false), ["Ctrl", "Shift", "C"]);
  assert.deepEqual(keyNames("Mod+Shift+C", true), ["⌘", "⇧", "C"]);
  assert.deepEqual(keyNames("Alt+ArrowUp", true), ["⌥", "↑"]);
  assert.deepEqual(keyNames("/", false), ["/"]);
});

for (const enterSends of [true, false]) {
  const all = shortcuts(enterSends);
  const keys = all.flatMap((shortcut) => shortcut.keys);

  test(`No two shortcuts share keys (Enter ${enterSends ? "sends" : "breaks the line"})`, () =>
    assert.equal(new Set(keys).size, keys.length));

  test(`Every shortcut with a single key has another one (Enter ${enterSends ? "sends" : "breaks the line"})`, () => {
    for (const shortcut of all) assert.ok(!shortcut.keys.every(isSingle), shortcut.label);
  });
}
