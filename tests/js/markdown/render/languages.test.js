import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { resolveLanguage } = await import("chat/markdown/render/languages");

const { GRAMMARS } = await import("chat/markdown/render/grammars");
const { default: hljs } = await import("@highlightjs/cdn-assets/es/highlight.min.js");

/** Languages as people write them behind a fence. */
const WRITTEN =
  "Dockerfile docker PowerShell ps1 nginx dart Scala haskell hs elixir ex julia latex tex vue HCL terraform tf proto " +
  "protobuf CMake http bat cmd batch postgresql pascal jinja2 f# fortran verilog toml jsonc tsx python C++ c#";

for (const name of WRITTEN.split(" ")) {
  test(`${name} is highlighted`, () => {
    const language = resolveLanguage(name);
    assert.ok(GRAMMARS.has(language) || hljs.getLanguage(language));
  });
}

test("Each language that is loaded by itself is in the library but not in its bundle", async () => {
  for (const [name, load] of GRAMMARS) {
    const { default: grammar } = await load();
    assert.ok(!hljs.getLanguage(name) && grammar(hljs).contains, name);
  }
});

test("An unknown language's name is only lower-cased", () => {
  assert.equal(resolveLanguage("Klingon"), "klingon");
  assert.equal(resolveLanguage("constructor"), "constructor");
});
