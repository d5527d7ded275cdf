import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";
import { numbers, wellFormed, wild } from "#support/texts.js";

const { Sentences } = await import("chat/markdown/sentences");

/** @type {[string, string, string[]][]} what it shows, what has arrived, what is said of it by then */
const ARRIVING = [
  ["nothing of half a sentence", "High tide is at", []],
  ["nothing of a sentence that may go on", "It is 3.", []],
  ["nor of one whose next word may be small", "Two metres etc. (", []],
  ["a sentence when the next begins", "It is noon. The", ["It is noon."]],
  ["no number in two halves", "It is 3.5 metres high. The", ["It is 3.5 metres high."]],
  ["an item when the next begins", "- spring tide\n- neap", ["spring tide"]],
  ["no half of a heading", "# Ti", []],
  ["a heading with its line", "# Tides\n", ["Tides"]],
  ["a paragraph with the empty line after it", "At noon\n\n", ["At noon"]],
  ["no half of a link", "See [the tables. All](https://exam", []],
  ["nothing of code that is arriving", "```python\nx = 1. Y = 2. Z = 3\n", []],
  ["code when it has ended", "```python\nx = 1\ny = 2\n```\n", ["Code, 2 lines, python"]],
  ["no half of a row", "| Place | High", []],
  ["a sentence between which and the next no space stands", "高潮は正午です。干潮は", ["高潮は正午です。"]],
  ["a sentence before code that has not ended", "It is noon. `The", ["It is noon."]],
  ["nothing that may still be bold", "It is **noon. The", []],
];

/** @type {[string, string, string[]][]} what it shows, a whole text, what is said of it */
const WHOLE = [
  ["words as they are", "High tide is at noon", ["High tide is at noon"]],
  ["a paragraph over many lines", "One line\nand another. And\na third.", ["One line and another.", "And a third."]],
  ["marks are not said", "It is **very** *high*, ~~not~~ __so__ low.", ["It is very high, not so low."]],
  ["nor those of code, which keeps its own", "Call `__init__` and `a * b`.", ["Call __init__ and a * b."]],
  ["names keep their underscores", "Set snake_case_names in 2 * 3 ways.", ["Set snake_case_names in 2 * 3 ways."]],
  ["links by their words", "See [the tables](https://example.org/a.b) now.", ["See the tables now."]],
  ["pictures by theirs", "![A map](https://example.org/map.png)", ["A map"]],
  ["a bold sentence", "**It is high.** Go home.", ["It is high.", "Go home."]],
  ["headings by themselves", "# Tides\nThey come.", ["Tides", "They come."]],
  ["items by themselves", "1. spring\n2. neap\n   tide\n- [x] done", ["spring", "neap tide", "done"]],
  ["quotes", "> He said. And\n> went.", ["He said.", "And went."]],
  ["rows by their cells", "| Place | High |\n|---|--:|\n| `a\\|b` | 6 m |", ["Place, High", "a|b, 6 m"]],
  ["rules not at all", "Noon\n\n---\n\nNight", ["Noon", "Night"]],
  ["a heading with a line below", "Tides\n=====\n\nNoon", ["Tides", "Noon"]],
  ["code by its size", "For example:\n```js\nlet a\n\nlet b\n```\nDone", ["For example:", "Code, 3 lines, js", "Done"]],
  ["code of no language", "~~~\nx\n~~~", ["Code, 1 line"]],
  ["code that did not end", "```\nx\ny", ["Code, 2 lines"]],
  ["code with a fence within", "````md\n```\nx\n```\n````", ["Code, 3 lines, md"]],
  ["formulas by their name", "It is\n$$\na^2\n$$\nor $b^2$ high.", ["It is", "Formula", "or b^2 high."]],
  [
    "what follows a formula on its line",
    "$$\na^2\n$$.\nSo\n\n\\[\nb\n\\] where it is.",
    ["Formula", "So", "Formula", "where it is."],
  ],
  ["a formula without an end as the words that it is drawn as", "$$\na^2\n\nHigh.", ["$$ a^2", "High."]],
  ["code that is indented", "So:\n\n    x = 1\n\n    y = 2\n", ["So:", "Code, 3 lines"]],
  ["a footnote by its words", "Noon[^1].\n\n[^1]: By the *moon*.", ["Noon.", "By the moon."]],
  ["an address in one piece", "See https://example.org/a_b?c=d*e. Go.", ["See https://example.org/a_b?c=d*e.", "Go."]],
  ["a link in one piece", "[Who? Me.](https://example.org) Yes. No.", ["Who? Me. Yes.", "No."]],
  ["marks that are words", "It is \\*4\\* or 2 * 3. `A. B` is.", ["It is *4* or 2 * 3.", "A. B is."]],
  ["no cell that is not drawn", "| a | b |\n|---|---|\n| c | d | e |", ["a, b", "c, d"]],
  ["no definitions", "See [it][1].\n\n[1]: https://example.org", ["See it."]],
  ["tags and entities", "H<sub>2</sub>O &amp; CO<br>here", ["H2O & CO here"]],
  ["other languages", "高潮は正午です。干潮は夜です。", ["高潮は正午です。", "干潮は夜です。"]],
  ["nothing of nothing", "\n\n***\n", []],
];

for (const [name, text, said] of ARRIVING) test(`arriving: ${name}`, () => assert.deepEqual(begun(text), said));
for (const [name, text, said] of WHOLE) test(`in the end: ${name}`, () => assert.deepEqual(sayAll([text]), said));

test("however it arrives, the same is said, in whole sentences and once", () => {
  const random = generator(20261121);
  const texts = WHOLE.map(([, text]) => text);
  for (let run = 0; run < 3000; run += 1) {
    const text = run % 3 ? jumble(random) : [pick(random, texts), pick(random, texts)].join("\n\n");
    const pieces = cut(text, random);
    assert.deepEqual(sayAll(pieces), sayAll([text]), JSON.stringify(pieces));
  }
  for (const random of numbers(1000)) {
    const text = random(2) ? wild(random) : wellFormed(random);
    assert.deepEqual(sayAll([...text]), sayAll([text]), text);
  }
});

test("what was said of a paragraph is not said again of the heading that it turns out to be", () => {
  assert.deepEqual(sayAll(["It is noon. The", " sea\n==", "=\n\nHigh."]), ["It is noon.", "The sea", "High."]);
});

test("costs no more for a later word than for an earlier one", () => {
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
function begun(text) {
  const sentences = new Sentences();
  sentences.write(text);
  return sentences.take();
}

/** @param {string[]} pieces */
function sayAll(pieces) {
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
 * The same numbers in each run (mulberry32).
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
