import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";
import { anyJson, spaced } from "#support/json.js";
import { numbers } from "#support/texts.js";

const { toCsv } = await import("chat/answer/structured/csv");
const { indented } = await import("chat/answer/structured/indented");
const { Described, words } = await import("chat/answer/structured/schema");
const { inWords, listInWords } = await import("chat/answer/structured/words");

test("CSV quotes what needs it, and numbers stay numbers", () => {
  const rows = [
    { name: 'Ada "the first", Lovelace', price: -1.5, is_new: true, note: "two\nlines", gone: null },
    { name: "Grace", price: 1e21, is_new: false, note: " spaced ", more: ["a", "b"] },
  ];
  assert.equal(
    toCsv(rows, ["name", "price"]),
    "name,price,is_new,note,gone,more\r\n" +
      '"Ada ""the first"", Lovelace",-1.5,true,"two\nlines",,\r\n' +
      'Grace,1e+21,false," spaced ",,a; b\r\n',
  );
});

test("No cell of a CSV file is a formula", () => {
  const texts = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "-5", "+49.5", "a=b"];
  const [head, ...lines] = toCsv(
    texts.map((text) => ({ "=x": text })),
    [],
  ).split("\r\n");
  assert.equal(head, "'=x");
  assert.deepEqual(lines, [
    "'=1+1",
    "'+cmd|' /C calc'!A0",
    "'-2+3",
    "'@SUM(A1)",
    "'\t=1",
    '"\'\r=1"',
    "-5",
    "+49.5",
    "a=b",
    "",
  ]);
});

test("The parts of objects are columns of their own", () => {
  const rows = [
    { name: "Ada", home: { city: "London", at: { x: 1 } }, rows: [{ a: 1 }] },
    { name: "Grace", home: null },
  ];
  assert.equal(
    toCsv(rows, ["name", "home"]),
    'name,home.city,home.at.x,rows\r\nAda,London,1,"[{""a"":1}]"\r\nGrace,,,\r\n',
  );
});

test("Indented JSON is the same JSON", () => {
  for (const random of numbers(200)) {
    const value = anyJson(random);
    const text = indented(spaced(value, random));
    assert.deepEqual(JSON.parse(text), value);
    assert.equal(text, indented(text));
  }
  assert.equal(indented('{"a":[1,2],"b":{}}'), '{\n  "a": [\n    1,\n    2\n  ],\n  "b": {}\n}');
  assert.equal(indented("[12345678901234567890]"), "[\n  12345678901234567890\n]");
});

test("JSON that is cut can be indented, too", () => {
  assert.equal(indented('{"a": [1, "b'), '{\n  "a": [\n    1,\n    "b');
});

test("Names are labels", () => {
  assert.deepEqual(["first_name", "firstName", "URL", "unit-price", "isHTML", "2024", ""].map(words), [
    "First name",
    "First name",
    "URL",
    "Unit price",
    "IsHTML",
    "2024",
    "(no name)",
  ]);
  const schema = new Described({ properties: { a: { title: "Total", description: "In euros" }, b: { title: " " } } });
  assert.equal(schema.property("a").label("a"), "Total");
  assert.equal(schema.property("a").description, "In euros");
  assert.equal(schema.property("b").label("b"), "B");
  assert.equal(schema.property("constructor").label("c"), "C");
});

test("References and choices lead to what a value is", () => {
  const schema = new Described({
    properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] }, lost: { $ref: "#/$defs/none" } },
    $defs: { node: { type: "object", properties: { value: { type: "number" } } }, loop: { $ref: "#/$defs/loop" } },
  });
  assert.equal(schema.property("next").type, "object");
  assert.deepEqual(schema.property("next").of({ value: 1 }).names, ["value"]);
  assert.equal(schema.property("next").of(null).type, "");
  assert.equal(schema.property("lost").type, "");
  assert.equal(new Described({ $ref: "#/$defs/loop" }, schema.root).type, "");
});

test("Values are read in words", () => {
  const any = new Described({});
  const of = (/** @type {string} */ format) => new Described({ type: "string", format });
  assert.equal(inWords(true, any), "Yes");
  assert.equal(inWords(null, any), "");
  assert.equal(inWords(2024, any), "2024");
  assert.equal(inWords(1234567.25, any), "1,234,567.25");
  assert.equal(inWords("2026-11-30", of("date")), "Nov 30, 2026");
  assert.equal(inWords("2026-02-31", of("date")), "2026-02-31");
  assert.equal(inWords("soon", of("date")), "soon");
  assert.match(inWords("2026-11-30T12:00:00Z", of("date-time")), /^Nov 30, 2026, /);
  assert.equal(inWords("2026-11-30", any), "2026-11-30");
  assert.equal(inWords([{}, {}], any), "2 entries");
  assert.equal(listInWords([1, "a", false], any), "1, a, No");
});
