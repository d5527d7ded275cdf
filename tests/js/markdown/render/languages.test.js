import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import "#support/modules.js";

const { resolveLanguage } = await import("chat/markdown/render/languages");

const LIBRARY = new URL("../../../../node_modules/@highlightjs/cdn-assets/es/", import.meta.url);
const { default: hljs } = await import(new URL("highlight.min.js", LIBRARY).href);

const [, listed] = /^LANGUAGES = \([^"]*([^)]+)\)/m.exec(
  readFileSync(new URL("../../../../chatsite/npm.py", import.meta.url), "utf8"),
);
const SERVED = new Set(listed.replaceAll('"', "").trim().split(/\s+/));

/** Languages as people write them behind a fence. */
const WRITTEN =
  "Dockerfile docker PowerShell ps1 nginx dart Scala haskell hs elixir ex julia latex tex vue HCL terraform tf proto " +
  "protobuf CMake http bat cmd batch postgresql pascal jinja2 f# fortran verilog toml jsonc tsx python C++ c#";

for (const name of WRITTEN.split(" ")) {
  test(`${name} is highlighted`, () => {
    const language = resolveLanguage(name);
    assert.ok(SERVED.has(language) || hljs.getLanguage(language));
  });
}

test("Each language that we serve is in the library but not bundled", async () => {
  for (const name of SERVED) {
    const { default: grammar } = await import(new URL(`languages/${name}.min.js`, LIBRARY).href);
    assert.ok(!hljs.getLanguage(name) && grammar(hljs).contains, name);
  }
});

test("An unknown language's name is only lower-cased", () => {
  assert.equal(resolveLanguage("Klingon"), "klingon");
  assert.equal(resolveLanguage("constructor"), "constructor");
});
