import assert from "node:assert/strict";
import { test } from "node:test";
import { CASES } from "#support/items.js";
import "#support/modules.js";
import { numbers } from "#support/texts.js";

const { describe } = await import("chat/items/describe");
const { sourceOf } = await import("chat/items/citations");

const TYPES = [...new Set(CASES.items.map(({ item }) => item.type)), "message", "toString", "__proto__", "constructor"];
const FIELDS = [
  ...new Set(CASES.items.flatMap(({ item }) => Object.keys(item))),
  ..."url text filename sources queries query pattern stdout stderr outcome exit_code message code commands command".split(
    " ",
  ),
  ..."logs image_url type title path diff toString __proto__ length".split(" "),
];
const URLS = [
  "javascript:alert(1)",
  "java\nscript:alert(1)",
  " https://example.org",
  "//example.org",
  "/admin/logout/",
  "https:example.org",
  "https://",
  "ftp://example.org",
  "data:text/html,<script>alert(1)</script>",
  "blob:https://example.org/1",
  "DATA:image/png;base64,x",
  "vbscript:x",
];

test("An item of any shape has only strings, web links and embedded images", () => {
  for (const random of numbers(20_000)) {
    const item = { ...object(random, 3), type: TYPES[random(TYPES.length)] };
    const { title, note, blocks } = describe(item) ?? { title: "", note: "", blocks: [] };
    for (const text of [title, note, ...blocks.flatMap(({ content, label }) => [content, label])]) {
      assert.equal(typeof text, "string", JSON.stringify(item));
    }
    for (const { format, content } of blocks) {
      if (format === "link") assert.match(content, /^https?:\/\//i);
      if (format === "image") assert.match(content, /^data:image\//);
    }
    assert.match(sourceOf(item)?.url ?? "", /^(?:https?:\/\/.*)?$/i);
  }
});

for (const url of URLS) {
  test(`${JSON.stringify(url)} is neither a link nor an image`, () => {
    const items = [
      { type: "web_search_call", action: { url, sources: [{ url }] } },
      { type: "code_interpreter_call", outputs: [{ type: "image", url }] },
      { type: "computer_call_output", output: { image_url: url } },
    ];
    for (const item of items) assert.deepEqual(describe(item)?.blocks, []);
    assert.equal(sourceOf({ type: "url_citation", url, title: "Click" }), null);
  });
}

test("An image's format can't turn its URL into another one", () => {
  const [block] = describe({ type: "image_generation_call", result: "x", output_format: '"><script>' })?.blocks ?? [];
  assert.equal(block.content, 'data:image/"><script>;base64,x');
});

test("Long JSON is truncated", () => {
  const [block] = describe({ type: "future_call", result: "A".repeat(60_000) })?.blocks ?? [];
  assert.equal(block.content.length, 20_001);
  assert.ok(block.content.endsWith("A…"));
});

/** @param {import("#support/texts.js").Random} random @param {number} depth */
function object(random, depth) {
  return Object.fromEntries(
    Array.from({ length: random(5) }, () => [FIELDS[random(FIELDS.length)], value(random, depth)]),
  );
}

/** @param {import("#support/texts.js").Random} random @param {number} depth @returns {unknown} */
function value(random, depth) {
  const values = [null, true, 0, 1.5, "", "x", "[1]", ...URLS, "https://example.org/"];
  const kind = random(depth ? 4 : 2);
  if (kind === 2) return Array.from({ length: random(4) }, () => value(random, depth - 1));
  return kind === 3 ? object(random, depth - 1) : values[random(values.length)];
}
