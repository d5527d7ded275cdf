import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { visible } = await import("chat/lib/visible");

test("Characters that are hidden, or that turn others around, are named", () => {
  assert.equal(visible("invoice\u202efdp.exe"), "invoice[U+202E]fdp.exe");
  assert.equal(visible("pay\u200bpal\u2066\u2069\u00ad\u200d"), "pay[U+200B]pal[U+2066][U+2069][U+00AD][U+200D]");
  assert.equal(visible("a\0\u001b[31m\u0085\u2028"), "a[U+0000][U+001B][31m[U+0085][U+2028]");
  assert.equal(visible("Hi\u{e0053}\u{e0065}\u{e0101}\ufe0f"), "Hi[U+E0053][U+E0065][U+E0101][U+FE0F]");
  assert.equal(visible("\u3164\u115f\u2800"), "[U+3164][U+115F][U+2800]");
});

test("Words of any language, and emoji, stay as they are", () => {
  for (const text of ["Zwölf\tBoxkämpfer\n", "می‌خواهم", "क्‍ष", "שלום عليكم", "葛\u{e0100}", "👩‍👩‍👧 ❤️‍🔥 1️⃣ 👍🏽"])
    assert.equal(visible(text), text);
});
