import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";
import { numbers } from "#support/texts.js";

const { lineOf } = await import("../../../static/assistants/json-lines.js");
const { KINDS, MAX_DEPTH, newField, toFields, toSchema } = await import("../../../static/assistants/schema-fields.js");

/** @typedef {import("../../../static/assistants/schema-fields.js").Field} Field */

/**
 * Return random fields, as somebody may fill them in.
 *
 * @param {import("#support/texts.js").Random} random
 * @param {number} [depth]
 * @returns {Field[]}
 */
function anyFields(random, depth = 0) {
  return Array.from({ length: 1 + random(4) }, (_, at) => {
    const kind = KINDS[random(depth < MAX_DEPTH ? KINDS.length : KINDS.length - 1)];
    return {
      name: `${"abc"[random(3)]}${at}`,
      kind,
      title: ["", "A title"][random(2)],
      description: ["", "What it is"][random(2)],
      isOptional: random(2) === 1,
      isList: random(2) === 1,
      choices: kind === "choice" ? ["one", "two"] : [],
      fields: kind === "object" ? anyFields(random, depth + 1) : [],
    };
  });
}

test("Fields become a schema and the same fields again", () => {
  for (const random of numbers(300)) {
    const fields = anyFields(random);
    assert.deepEqual(toFields(JSON.parse(JSON.stringify(toSchema(fields)))), fields);
  }
});

test("Fields say a schema in the strict subset", () => {
  const fields = [
    { ...newField(), name: "a", isOptional: true, description: "The first" },
    { ...newField(), name: "b", kind: /** @type {const} */ ("choice"), choices: ["x"], isOptional: true },
    { ...newField(), name: "c", kind: /** @type {const} */ ("date"), isList: true },
    {
      ...newField(),
      name: "d",
      kind: /** @type {const} */ ("object"),
      isOptional: true,
      fields: [{ ...newField(), name: "e" }],
    },
  ];
  assert.deepEqual(toSchema(fields), {
    type: "object",
    properties: {
      a: { type: ["string", "null"], description: "The first" },
      b: { type: ["string", "null"], enum: ["x", null] },
      c: { type: "array", items: { type: "string", format: "date" } },
      d: {
        anyOf: [
          {
            type: "object",
            properties: { e: { type: "string" } },
            required: ["e"],
            additionalProperties: false,
          },
          { type: "null" },
        ],
      },
    },
    required: ["a", "b", "c", "d"],
    additionalProperties: false,
  });
});

test("What fields can't say stays JSON", () => {
  const object = (/** @type {any} */ inner, /** @type {any} */ more = {}) => ({
    type: "object",
    properties: { a: inner },
    required: ["a"],
    additionalProperties: false,
    ...more,
  });
  for (const schema of [
    null,
    [],
    { type: "object" },
    object({ type: "string", pattern: "a" }),
    object({ type: "number", minimum: 1 }),
    object({ type: "array", items: { type: "array", items: { type: "string" } } }),
    object({ type: "array", items: { type: "string", description: "b" } }),
    object({ anyOf: [{ type: "string" }, { type: "number" }] }),
    object({ $ref: "#/$defs/b" }, { $defs: { b: { type: "string" } } }),
    object({ type: "string" }, { description: "All" }),
    object({ type: "string" }, { additionalProperties: true }),
    object({ type: "string" }, { required: [] }),
    object({ type: "integer", enum: [1] }),
  ]) {
    assert.equal(toFields(schema), undefined, JSON.stringify(schema));
  }
});

test("The order of keywords means nothing, that of properties does", () => {
  const schema = {
    required: ["b", "a"],
    additionalProperties: false,
    properties: { b: { description: "B", type: "string" }, a: { type: "number" } },
    type: "object",
  };
  assert.deepEqual(
    toFields(schema)?.map(({ name }) => name),
    ["b", "a"],
  );
  assert.equal(toFields({ ...schema, required: ["a", "b"] }), undefined);
});

test("The line of a value is found by its pointer", () => {
  const json = `{
  "type": "object",
  "properties": {
    "a/b": {"type": "x"},
    "list": {
      "anyOf": [
        {"type": "string"},
        {"type": "y"}
      ]
    }
  }
}`;
  assert.equal(lineOf(json, ""), 1);
  assert.equal(lineOf(json, "/type"), 2);
  assert.equal(lineOf(json, "/properties/a~1b/type"), 4);
  assert.equal(lineOf(json, "/properties/list/anyOf/1/type"), 8);
  assert.equal(lineOf(json, "/properties/list/items"), 5);
  assert.equal(lineOf('{"a": "cut', "/a"), 1);
});
