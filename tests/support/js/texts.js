/** Random texts, the same ones in each run. */

const PIECES = [
  ..."a|word |**|*|_|__|`|``|```|```\n|~~|[|]|(|)|](|](http://x.org)|[x]|[^1]|[^1]: |![|<|<br>|<sub>|</sub>|&amp;".split(
    "|",
  ),
  ..."&;\\;\\(;\\);\\[;\\];$;$$;$$\n;$x$;$5;\n;\n\n;\n- ;- ;1. ;> ;# ;---;| a | b |\n|---|---|\n;|; | ;    ;  \n;\t".split(
    ";",
  ),
  ..."[l]: /u\n,=,~~~,x = 1,https://x.org,<https://x.org>,!,.,- [x] ,é,𝒳,مد,`a`,中,𠮷,：,「,」".split(","),
];

const WORDS = "High tide at noon, six metres and more; the moon is far. Who measures it? Nobody knows (yet)".split(" ");

/** @typedef {(limit: number) => number} Random returns an integer from 0 up to, but not including, the limit */

/**
 * Yield random number generators, each with its own seed.
 *
 * @param {number} count
 */
export function* numbers(count) {
  for (let seed = 1; seed <= count; seed++) {
    let state = seed;
    yield (/** @type {number} */ limit) => {
      state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
      return ((state ^ (state >>> 13)) >>> 0) % limit;
    };
  }
}

/**
 * Return a random mix of Markdown's markers.
 *
 * @param {Random} random
 */
export function wild(random) {
  return many(random, 25, () => PIECES[random(PIECES.length)]).join("");
}

/**
 * Return Markdown as models write it: what is opened is closed.
 *
 * @param {Random} random
 */
export function wellFormed(random) {
  const blocks = many(random, 5, () => BLOCKS[random(BLOCKS.length)](random));
  return [...blocks, "[ref]: https://example.org/ref", "[^1]: A footnote, with **words**."].join("\n\n");
}

/** @type {((random: Random) => string)[]} */
const INLINE = [
  (random) => words(random),
  (random) => words(random),
  (random) => `**${words(random)}**`,
  (random) => `*${words(random)}*`,
  (random) => `***${words(random)}***`,
  (random) => `**${words(random)} *${words(random)}* \`x_y\`**`,
  (random) => `~~${words(random)}~~`,
  () => "`a * b`",
  () => "``a ` b``",
  () => "snake_case_name",
  () => "2 * 3 = 6",
  () => "$5 and $10",
  () => "$x_1 + \\frac{a}{b}$",
  () => "$AB \\perp CD$",
  () => "$100 km$",
  () => "\\(a < b\\)",
  (random) => `[${words(random)}](https://example.org/a_b)`,
  (random) => `[**${words(random)}**](https://example.org "title")`,
  (random) => `![${words(random)}](https://example.org/a.png)`,
  (random) => `[${words(random)}][ref]`,
  () => "https://example.org/a_b?c=d*e",
  () => "<https://example.org>",
  () => "a[0]",
  () => "H<sub>2</sub>O",
  (random) => `${many(random, 3, () => `**注意：**${words(random)}`).join("，")}と**「重要」**です`,
  () => "详见：https://example.org/a，其中",
  () => "1 < 2 & 3 &amp; \\*4\\*",
  () => "tide[^1]",
];

/** @type {((random: Random) => string)[]} */
const BLOCKS = [
  line,
  (random) => `${line(random)}\n${line(random)}`,
  (random) => `${"#".repeat(1 + random(6))} ${line(random)}`,
  (random) => many(random, 4, () => `- ${line(random)}`).join("\n"),
  (random) => many(random, 4, (at) => `${at + 1}. ${line(random)}\n   - ${line(random)}`).join("\n"),
  (random) => many(random, 3, () => `- [${random(2) ? "x" : " "}] ${line(random)}`).join("\n"),
  (random) => `> ${line(random)}\n> ${line(random)}`,
  (random) => `> **${words(random)}**\n>\n> - ${line(random)}`,
  () => "```python\nx = **y  # [a](b)\n\n- `z`\n```",
  () => "~~~\n``` | a\n~~~",
  (random) => `- ${line(random)}\n\n  \`\`\`\n  a\n  \`\`\``,
  (random) =>
    `${line(random)}:\n\n| a | **b** |\n|:--|--:|\n${many(random, 3, () => `| ${words(random)} | \`c\` |`).join("\n")}`,
  () => "$$\n\\sum_{k=1}^n k = x_1\n- 2\n$$",
  () => "\\[ a_1 * b_1 \\]",
  (random) => `${line(random)}: $$\nA = \\pi r^2\n$$`,
  (random) => `$$\nAB \\perp CD\n$$${["", ".", " (1)", " where it is"][random(4)]}\n${line(random)}`,
  () => "---",
];

/** @param {Random} random */
function line(random) {
  return many(random, 6, () => INLINE[random(INLINE.length)](random)).join(" ");
}

/** @param {Random} random */
function words(random) {
  return many(random, 4, () => WORDS[random(WORDS.length)]).join(" ");
}

/**
 * @template T
 * @param {Random} random
 * @param {number} max
 * @param {(at: number) => T} make
 */
function many(random, max, make) {
  return Array.from({ length: 1 + random(max) }, (_, at) => make(at));
}
