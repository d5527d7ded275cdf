import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";
import { numbers, wild } from "#support/texts.js";

const { Headings } = await import("chat/markdown/headings");

/** @type {[string, string, string][]} what becomes the heading, the text, its latest heading */
const CASES = [
  ["a bold line above an empty line", "**Reading the tables**\n\n", "Reading the tables"],
  ["a bold line above text", "**Reading the `tables`**\nBrest", "Reading the tables"],
  ["a bold line with trailing spaces", "**Reading** \nBrest", "Reading"],
  ["empty before a bold line is closed", "**Reading the tables", ""],
  ["empty before a bold line has ended", "**Reading the tables** ", ""],
  ["not a line that only starts bold", "**Reading** the tables\n\n", ""],
  ["not bold text behind other text", "See **the tables**\n\n", ""],
  ["not bold text that starts with a line break", "**\nReading\n\n", ""],
  ["not a bold line in code", "```\n**Reading**\n\n```\n", ""],
  ["the plain text of an ATX heading", "## Reading *the* tables ##\n", "Reading the tables"],
  ["the last of several", "**One**\n\nwords\n\n# Two\n\n__Three__\n\nwords", "Three"],
];

for (const [name, text, heading] of CASES)
  test(`The latest heading is ${name}`, () => assert.equal(latest([text]), heading));

test("The headings are the same however the text is split", () => {
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
