import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";
import { anyJson, spaced } from "#support/json.js";
import { numbers } from "#support/texts.js";

const { MAX_DEPTH, PartialJson } = await import("chat/answer/structured/partial-json");

/** @param {string[]} pieces */
function read(...pieces) {
  const json = new PartialJson();
  for (const piece of pieces) json.write(piece);
  return json;
}

test("Each prefix of random JSON has a prefix of its value, and the end all of it", () => {
  for (const random of numbers(1000)) {
    const value = anyJson(random);
    const text = spaced(value, random);
    const json = new PartialJson();
    for (let at = 0; at < text.length; ) {
      const size = 1 + random(4);
      json.write(text.slice(at, at + size));
      at += size;
      assert.ok(!json.isFailed, text.slice(0, at));
      assert.ok(json.value === undefined || isPrefix(json.value, value), text.slice(0, at));
    }
    json.end();
    assert.ok(json.isComplete, text);
    assert.deepEqual(json.value, value);
  }
});

/**
 * @param {any} part
 * @param {any} whole
 * @returns {boolean}
 */
function isPrefix(part, whole) {
  if (typeof part === "string") return typeof whole === "string" && whole.startsWith(part);
  if (typeof part !== "object" || part === null || typeof whole !== "object" || whole === null) return part === whole;
  if (Array.isArray(part) !== Array.isArray(whole)) return false;
  const keys = Object.keys(part);
  return keys.every((key, at) => {
    if (!Object.hasOwn(whole, key)) return false;
    return at < keys.length - 1
      ? JSON.stringify(part[key]) === JSON.stringify(whole[key])
      : isPrefix(part[key], whole[key]);
  });
}

test("An open string has what came of it; an open number, literal or key is left out", () => {
  assert.deepEqual(read('{"a": "High ti').value, { a: "High ti" });
  assert.deepEqual(read('{"a": [1, 2').value, { a: [1] });
  assert.deepEqual(read('{"a": true, "b": fal').value, { a: true });
  assert.deepEqual(read('{"a": 1, "b').value, { a: 1 });
  assert.equal(read(" ").value, undefined);
});

test("What grows is changed in place", () => {
  const json = read('{"rows": [{"a": 1}');
  const before = json.value;
  json.write(', {"a": 2}]}');
  assert.equal(json.value, before);
  assert.deepEqual(before, { rows: [{ a: 1 }, { a: 2 }] });
});

test("Escapes may be cut anywhere, and half a character isn't shown", () => {
  const text = '"\\ud83d\\ude00\\n\\"\\u00e9"';
  const json = new PartialJson();
  for (const character of text) {
    json.write(character);
    assert.ok(!/[\ud800-\udbff]$/.test(String(json.value ?? "")));
  }
  assert.equal(json.value, JSON.parse(text));
});

test("What isn't JSON fails, and what came before stays", () => {
  for (const text of [
    "Here:",
    "{a",
    '{"a" 1',
    "[1 2",
    "[1,]",
    '{"a":1,}',
    "{]",
    "[}",
    "01",
    '"\t"',
    '"\\x"',
    "{} {}",
    "nul",
    "}",
  ]) {
    const json = read(text);
    json.end();
    assert.ok(json.isFailed, text);
  }
  assert.deepEqual(read('{"rows": [1, 2], Sorry').value, { rows: [1, 2] });
});

test("A code fence around JSON is passed over", () => {
  const json = read("``", "`json", "\n{", '"a": 1}\n`', "``\n");
  assert.ok(json.isComplete);
  assert.deepEqual(json.value, { a: 1 });
  assert.ok(read("{} ```").isFailed);
});

test("Names of the language's own properties are only names", () => {
  const json = read('{"__proto__": {"a": 1}, "constructor": 2}');
  assert.deepEqual(Object.keys(/** @type {object} */ (json.value)), ["__proto__", "constructor"]);
  assert.equal(Object.getPrototypeOf(json.value), Object.prototype);
});

test("Whole numbers that are too large keep their digits", () => {
  assert.deepEqual(read("[12345678901234567890, 1e3, -0.5]").value, ["12345678901234567890", 1000, -0.5]);
});

test("Nesting is bounded", () => {
  assert.ok(!read("[".repeat(MAX_DEPTH)).isFailed);
  assert.ok(read("[".repeat(MAX_DEPTH + 1)).isFailed);
});

test("Each character is read once, however long the answer is and however small the pieces", (t) => {
  const { test: matches } = RegExp.prototype;
  let characters = 0;
  t.mock.method(
    RegExp.prototype,
    "test",
    /** @this {RegExp} @param {string} text */ function (text) {
      characters += text.length;
      return matches.call(this, text);
    },
  );
  const costOf = (/** @type {number} */ rows) => {
    const text = JSON.stringify({ rows: Array.from({ length: rows }, (_, n) => ({ name: `row ${n}`, size: n })) });
    const json = new PartialJson();
    characters = 0;
    for (const character of text) json.write(character);
    assert.ok(json.isComplete);
    return characters / text.length;
  };
  const once = costOf(100);
  assert.ok(once > 0 && once < 3, String(once));
  assert.ok(Math.abs(costOf(3000) - once) < 0.5);
});
