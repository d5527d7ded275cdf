import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";
import { numbers, wild } from "#support/texts.js";

const { Headings } = await import("chat/markdown/headings");

/** @type {[string, string, string][]} what it shows, the text, its latest heading */
const CASES = [
  ["a bold line above an empty one", "**Reading the tables**\n\n", "Reading the tables"],
  ["a bold line above words", "**Reading the `tables`**\nBrest", "Reading the tables"],
  ["a bold line with blanks behind it", "**Reading** \nBrest", "Reading"],
  ["none before its end", "**Reading the tables", ""],
  ["none before its line's end", "**Reading the tables** ", ""],
  ["no bold words in a line", "**Reading** the tables\n\n", ""],
  ["no bold words behind others", "See **the tables**\n\n", ""],
  ["no line that only begins like one", "**\nReading\n\n", ""],
  ["nothing in code", "```\n**Reading**\n\n```\n", ""],
  ["a heading with its marks", "## Reading *the* tables\n", "Reading the tables"],
  ["the latest", "**One**\n\nwords\n\n# Two\n\n__Three__\n\nwords", "Three"],
];

for (const [name, text, heading] of CASES) test(`heading: ${name}`, () => assert.equal(latest([text]), heading));

test("headings do not depend on the pieces in which a text comes", () => {
  for (const random of numbers(1000)) {
    const text = `${wild(random)}\n\n**${wild(random)}`;
    assert.equal(latest([...text]), latest([text]), text);
  }
});

/** @param {string[]} pieces */
function latest(pieces) {
  const headings = new Headings();
  for (const piece of pieces) headings.write(piece);
  return headings.latest;
}
