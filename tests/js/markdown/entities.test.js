import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { decodeMarkdown, decodeHtml } = await import("chat/markdown/entities");

/** @type {[string, string, string][]} a text, decoded as Markdown, decoded as HTML */
const CASES = [
  ["&lt;b&gt; &amp; &quot;it&#x27;s&quot;", '<b> & "it\'s"', '<b> & "it\'s"'],
  ["&amp;lt;", "&lt;", "&lt;"],
  ["\\&amp; \\n", "&amp; \\n", "\\& \\n"],
  ["&nothing; &#0; &#xd800; AT&T", "&nothing; \ufffd \ufffd AT&T", "&nothing; \ufffd \ufffd AT&T"],
  ["&#128512; &EURO; &euro;", "😀 &EURO; €", "😀 &EURO; €"],
];

for (const [text, markdown, html] of CASES) {
  test(`Markdown and HTML decode ${text}`, () => {
    assert.equal(decodeMarkdown(text), markdown);
    assert.equal(decodeHtml(text), html);
  });
}
