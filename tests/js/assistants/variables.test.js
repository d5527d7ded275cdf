import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { named, sentence } = await import("../../../static/assistants/variables.js");

test("each variable is named once, in its order", () => {
  assert.deepEqual(named("{{ tone }} {{today}} {{tone}} {{größe}} {{two words}} {{}} {one}"), [
    "tone",
    "today",
    "größe",
  ]);
});

test("what the site fills in is told from what a person is asked for", () => {
  assert.equal(sentence(["tone", "today"], ["today"]), "Filled in by the site: today. Asked for at the start: tone.");
  assert.equal(sentence(["tone"], ["today"]), "Asked for at the start: tone.");
  assert.equal(sentence([], ["today"]), "");
});
