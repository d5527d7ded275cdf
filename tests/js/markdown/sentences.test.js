import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";
import { numbers, wellFormed, wild } from "#support/texts.js";

const { Sentences } = await import("chat/markdown/sentences");

/** @type {[string, string, string[]][]} what is tested, the text that has arrived, the sentences that are complete */
const ARRIVING = [
  ["nothing of a partial sentence", "High tide is at", []],
  ["nothing of a sentence that may continue", "It is 3.", []],
  ["nothing of a sentence whose next word may be in lower case", "Two metres etc. (", []],
  ["a sentence when the next one begins", "It is noon. The", ["It is noon."]],
  ["a number with a decimal point in one piece", "It is 3.5 metres high. The", ["It is 3.5 metres high."]],
  ["a list item when the next one begins", "- spring tide\n- neap", ["spring tide"]],
  ["nothing of a partial heading", "# Ti", []],
  ["a heading at the end of its line", "# Tides\n", ["Tides"]],
  ["a paragraph at the empty line after it", "At noon\n\n", ["At noon"]],
  ["nothing of a partial link", "See [the tables. All](https://exam", []],
  ["nothing of open code", "```python\nx = 1. Y = 2. Z = 3\n", []],
  ["closed code", "```python\nx = 1\ny = 2\n```\n", ["Code, 2 lines, python"]],
  ["nothing of a partial row", "| Place | High", []],
  ["a sentence without a space behind it", "高潮は正午です。干潮は", ["高潮は正午です。"]],
  ["a sentence before open inline code", "It is noon. `The", ["It is noon."]],
  ["nothing of text that may still become bold", "It is **noon. The", []],
];

/** @type {[string, string, string[]][]} what is tested, a whole text, its sentences */
const WHOLE = [
  ["plain text", "High tide is at noon", ["High tide is at noon"]],
  [
    "the sentences of a paragraph across lines",
    "One line\nand another. And\na third.",
    ["One line and another.", "And a third."],
  ],
  [
    "text without the markers of emphasis",
    "It is **very** *high*, ~~not~~ __so__ low.",
    ["It is very high, not so low."],
  ],
  [
    "inline code with its own punctuation but no backticks",
    "Call `__init__` and `a * b`.",
    ["Call __init__ and a * b."],
  ],
  ["names with their underscores", "Set snake_case_names in 2 * 3 ways.", ["Set snake_case_names in 2 * 3 ways."]],
  ["links by their text", "See [the tables](https://example.org/a.b) now.", ["See the tables now."]],
  ["images by their description", "![A map](https://example.org/map.png)", ["A map"]],
  ["a bold sentence", "**It is high.** Go home.", ["It is high.", "Go home."]],
  ["headings as sentences", "# Tides\nThey come.", ["Tides", "They come."]],
  ["list items as sentences", "1. spring\n2. neap\n   tide\n- [x] done", ["spring", "neap tide", "done"]],
  ["the sentences of quotes", "> He said. And\n> went.", ["He said.", "And went."]],
  ["table rows by their cells", "| Place | High |\n|---|--:|\n| `a\\|b` | 6 m |", ["Place, High", "a|b, 6 m"]],
  ["nothing of thematic breaks", "Noon\n\n---\n\nNight", ["Noon", "Night"]],
  ["the name of an alert before its sentences", "> [!WARNING]\n> Go. Now", ["Warning", "Go.", "Now"]],
  [
    "a summary as a sentence, and what it folds",
    "<details>\n<summary>Who? *Me*</summary>\n\nYes. No.\n</details>",
    ["Who? Me", "Yes.", "No."],
  ],
  ["nothing of comments", "Noon.\n<!-- At. Night. -->\nNight. <!-- Low. -->Go.", ["Noon.", "Night.", "Go."]],
  ["the lines of a letter", "Best regards,\nAnna", ["Best regards, Anna"]],
  ["a setext heading", "Tides\n=====\n\nNoon", ["Tides", "Noon"]],
  [
    "code by its length and language",
    "For example:\n```js\nlet a\n\nlet b\n```\nDone",
    ["For example:", "Code, 3 lines, js", "Done"],
  ],
  ["code without a language", "~~~\nx\n~~~", ["Code, 1 line"]],
  ["code that is never closed", "```\nx\ny", ["Code, 2 lines"]],
  ["code that contains a fence", "````md\n```\nx\n```\n````", ["Code, 3 lines, md"]],
  [
    "display formulas by name, inline ones by their source",
    "It is\n$$\na^2\n$$\nor $b^2$ high.",
    ["It is", "Formula", "or b^2 high."],
  ],
  [
    "text behind a formula on its line",
    "$$\na^2\n$$.\nSo\n\n\\[\nb\n\\] where it is.",
    ["Formula", "So", "Formula", "where it is."],
  ],
  ["a formula that is never closed as text", "$$\na^2\n\nHigh.", ["$$ a^2", "High."]],
  ["indented code", "So:\n\n    x = 1\n\n    y = 2\n", ["So:", "Code, 3 lines"]],
  ["a footnote by its text", "Noon[^1].\n\n[^1]: By the *moon*.", ["Noon.", "By the moon."]],
  ["a bare URL in one piece", "See https://example.org/a_b?c=d*e. Go.", ["See https://example.org/a_b?c=d*e.", "Go."]],
  ["a link in one piece", "[Who? Me.](https://example.org) Yes. No.", ["Who? Me. Yes.", "No."]],
  [
    "escaped markers and markers that are text",
    "It is \\*4\\* or 2 * 3. `A. B` is.",
    ["It is *4* or 2 * 3.", "A. B is."],
  ],
  ["a heading below a table in one piece", "| a |\n|---|\n# 1. Tides\n", ["a", "1. Tides"]],
  ["no cell beyond the columns of the table", "| a | b |\n|---|---|\n| c | d | e |", ["a, b", "c, d"]],
  ["nothing of link definitions", "See [it][1].\n\n[1]: https://example.org", ["See it."]],
  ["text without tags and with decoded entities", "H<sub>2</sub>O &amp; CO<br>here", ["H2O & CO here"]],
  ["sentences in other languages", "高潮は正午です。干潮は夜です。", ["高潮は正午です。", "干潮は夜です。"]],
  ["nothing of a text without content", "\n\n***\n", []],
];

for (const [name, text, said] of ARRIVING)
  test(`While text arrives, returns ${name}`, () => assert.deepEqual(sentencesSoFar(text), said));
for (const [name, text, said] of WHOLE)
  test(`Of a whole text, returns ${name}`, () => assert.deepEqual(sentencesOf([text]), said));

test("The sentences are the same however the text is split", () => {
  const random = generator(20261121);
  const texts = WHOLE.map(([, text]) => text);
  for (let run = 0; run < 3000; run += 1) {
    const text = run % 3 ? jumble(random) : [pick(random, texts), pick(random, texts)].join("\n\n");
    const pieces = cut(text, random);
    assert.deepEqual(sentencesOf(pieces), sentencesOf([text]), JSON.stringify(pieces));
  }
  for (const random of numbers(1000)) {
    const text = random(2) ? wild(random) : wellFormed(random);
    assert.deepEqual(sentencesOf([...text]), sentencesOf([text]), text);
  }
});

test("A sentence without an end is returned in parts, which are the same however the text is split", () => {
  const words = ["tide ", "high ", "**low** ", "😀", "`a. B` ", "3.5 "];
  for (const random of numbers(5)) {
    const text = Array.from({ length: 800 }, () => words[random(words.length)]).join("");
    const whole = sentencesOf([text]);
    assert.ok(whole.length > 1 && whole.every((part) => part.length <= 1000 && part.isWellFormed()));
    assert.deepEqual(sentencesOf(cut(text, generator(random(1000)))), whole);
  }
});

test("Sentences of a paragraph are not repeated when it turns out to be a heading", () => {
  assert.deepEqual(sentencesOf(["It is noon. The", " sea\n==", "=\n\nHigh."]), ["It is noon.", "The sea", "High."]);
});

test("Later text costs no more than earlier text", () => {
  for (const part of ["It is **noon**. The tide is high. ", "- a\n", "| a | b |\n", "**", "高潮は正午です。"]) {
    const sentences = new Sentences();
    const costs = [0, 1, 2].map(() => {
      const start = process.cpuUsage();
      for (const piece of part.repeat(20_000 / part.length).match(/.{1,100}/gs) ?? []) {
        sentences.write(piece);
        sentences.take();
      }
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    assert.ok(costs[2] < 3 * costs[0] + 100, `${part}: ${costs}`);
  }
});

/** @param {string} text */
function sentencesSoFar(text) {
  const sentences = new Sentences();
  sentences.write(text);
  return sentences.take();
}

/** @param {string[]} pieces */
function sentencesOf(pieces) {
  const sentences = new Sentences();
  const said = pieces.flatMap((piece) => {
    sentences.write(piece);
    return sentences.take();
  });
  return [...said, ...sentences.end()];
}

const MARKS = [
  ..."` ``` ```js\n ~~~ ** * _ [ ]( ) # - | > $ $$ 1. . ! ? ( \\ : 7 3.5 é 。".split(" "),
  ...["\n", "\n\n", "\n- ", "\n| ", "\n# ", "\n> ", "\n```\n", " ", " ", ". ", ".) ", "a", "Bee", "see", "\t", "\r\n"],
];

/** @param {() => number} random */
function jumble(random) {
  return Array.from({ length: 1 + Math.floor(random() * 25) }, () => pick(random, MARKS)).join("");
}

/**
 * @param {string} text
 * @param {() => number} random
 */
function cut(text, random) {
  const pieces = [];
  for (let at = 0; at < text.length; ) {
    const length = 1 + Math.floor(random() ** 3 * 20);
    pieces.push(text.slice(at, at + length));
    at += length;
  }
  return pieces;
}

/**
 * @param {() => number} random
 * @param {string[]} from
 */
function pick(random, from) {
  return from[Math.floor(random() * from.length)];
}

/**
 * Return a random number generator with a seed (mulberry32).
 *
 * @param {number} seed
 */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
