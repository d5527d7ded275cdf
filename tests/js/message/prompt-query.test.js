import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { matching, queryAt } = await import("chat/message/prompt-query");

/** The query at the place of "|". */
const at = (text) => queryAt(text.replace("|", ""), text.indexOf("|"));

test("A slash at the beginning or after a space looks for a prompt", () => {
  assert.deepEqual(at("/|"), { start: 0, text: "" });
  assert.deepEqual(at("/letter to|"), { start: 0, text: "letter to" });
  assert.deepEqual(at("Please /sum| this"), { start: 7, text: "sum" });
  assert.deepEqual(at("Line\n/|"), { start: 5, text: "" });
  assert.deepEqual(at("one/two /three|"), { start: 8, text: "three" });
});

test("A slash elsewhere is a slash", () => {
  for (const text of ["|", "and/or|", "https://|", "/ |", "/usr/bin|", "//|", "/a\nb|", "1 / 2|", "|/"])
    assert.equal(at(text), null, text);
});

test("What is longer than a name looks for nothing, wherever it begins", () => {
  for (const length of [101, 102, 103, 5000]) assert.equal(at(`${"/".padEnd(length + 1, "x")}|`), null);
  assert.notEqual(at(`${"/".padEnd(101, "x")}|`), null);
  assert.notEqual(at(`${"long ".repeat(1000)}/${"x".repeat(100)}|`), null);
});

test("Prompts are found by any part of their names, those that begin with it first", () => {
  const prompts = ["A letter", "Größe", "Letter", "letter, short"].map((name) => ({ id: name, name, preview: "" }));
  const namesOf = (query) => matching(prompts, query).map(({ name }) => name);
  assert.deepEqual(namesOf("LETTER"), ["Letter", "letter, short", "A letter"]);
  assert.deepEqual(namesOf("grosse"), []);
  assert.deepEqual(namesOf("gro"), ["Größe"]);
  assert.deepEqual(namesOf(""), ["A letter", "Größe", "Letter", "letter, short"]);
});

test("No more prompts are offered than anybody reads", () => {
  const many = Array.from({ length: 80 }, (_, index) => ({ id: `${index}`, name: `${index}`, preview: "" }));
  assert.equal(matching(many, "").length, 50);
});
