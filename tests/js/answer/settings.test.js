import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

Object.assign(globalThis, {
  document: { documentElement: { lang: "en" }, querySelector: () => null },
  HTMLElement: class {},
  customElements: { define: () => {} },
});

const { namesIn, NotApplied, settingsInWords } = await import("chat/answer/settings");

test("Settings are named in words, and unknown ones by their names", () => {
  assert.equal(settingsInWords(["effort", "top_p", "tomorrow"]), "effort, top p, and tomorrow");
  assert.equal(settingsInWords(["tools.web_search", "tools.tide"]), "web search and tide");
  assert.equal(settingsInWords(namesIn("")), "");
  assert.deepEqual(namesIn("effort stop"), ["effort", "stop"]);
});

test("What didn't apply is said, and nothing if all did", () => {
  const notice = new NotApplied();
  notice.show(["effort"]);
  assert.equal(notice.hidden, false);
  assert.equal(notice.textContent, "The model doesn't take all that was set. Not applied: effort.");
  notice.show([]);
  assert.equal(notice.hidden, true);
});
