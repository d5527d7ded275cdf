import assert from "node:assert/strict";
import { test } from "node:test";

import { Renderer, rendered, treeOf, visible } from "#support/rendered.js";
import { numbers, wellFormed, wild } from "#support/texts.js";

/** @type {[string, string, string][]} what is tested, the text, an outline of what is rendered */
const CASES = [
  ["emphasis", "High *tide*, **noon**, ~~six~~", "p(High em(tide), strong(noon), del(six))"],
  [
    "emphasis beside punctuation in scripts without spaces",
    '**注意：**内容，これは**「重要」**です，**Python（言語）**は，用**`code`**吧，값은 **"100%"**입니다，~~「旧」~~的',
    'p(strong(注意：)内容，これはstrong(「重要」)です，strong(Python（言語）)は，用strong(code(code))吧，값은 strong("100%")입니다，del(「旧」)的)',
  ],
  ["emphasis between East Asian punctuation and a Latin word", "**注意：**Python", "p(strong(注意：)Python)"],
  ["delimiters inside of words as text", 'a**"b"**c 你_好_吗', 'p(a**"b"**c 你_好_吗)'],
  ["code", "Call `a ** b` or ``a ` b``", "p(Call code(a ** b) or code(a ` b))"],
  ["a link", "[the *tables*](https://example.org/a_(b))", "p(link:https://example.org/a_(b)(the em(tables)))"],
  [
    "a bare URL without the full stop behind it",
    "See https://example.org/a.",
    "p(See link:https://example.org/a(https://example.org/a).)",
  ],
  [
    "a bare URL in parentheses without them",
    "(https://example.org)",
    "p((link:https://example.org(https://example.org)))",
  ],
  [
    "a bare URL in text without spaces, up to its punctuation",
    "详见https://a.org/b，或（www.a.org）。",
    "p(详见link:https://a.org/b(https://a.org/b)，或（link:http://www.a.org(www.a.org)）。)",
  ],
  [
    "a bare URL with East Asian characters",
    "https://ja.example.org/ウィキ・ペディア",
    "p(link:https://ja.example.org/ウィキ・ペディア(https://ja.example.org/ウィキ・ペディア))",
  ],
  ["a reference link that is defined below", "[tides][a]\n\n[a]: /b", "p(reference:a(tides))"],
  [
    "an escaped bracket in the text of a reference link",
    "[tides\\]]\n\n[tides\\]]: /b",
    "p(reference:tides\\](tides]))",
  ],
  ["brackets as a possible reference", "a[0] is first", "p(areference:0(0) is first)"],
  ["headings", "# One\nTwo\n===\n## Three ##", "heading1(One)heading1(Two)heading2(Three)"],
  ["nested lists", "1. a\n   - b\n2. c", "list(item(p(a)list(item(p(b))))item(p(c)))"],
  ["tasks", "- [x] done\n- [ ] not", "list(item:done(p(done))item:todo(p(not)))"],
  [
    "a table",
    "| a | b |\n|---|:-:|\n| `x\\|y` | 2 |\nend",
    "table(row(cell(a)cell(b))row(cell(code(x|y))cell(2))row(cell(end)))",
  ],
  [
    "a table up to another block",
    "a | b\n:-|--\n1 | 2\n> c",
    "table(row(cell(a)cell(b))row(cell(1)cell(2)))quote(p(c))",
  ],
  ["a row of a table without pipes", "| a |\n| - |\nb\n\nc", "table(row(cell(a))row(cell(b)))p(c)"],
  ["no table if the rows differ", "| a | b |\n| - |\n| c |", "p(| a | b |break| - |break| c |)"],
  [
    "markup in the cells of a table",
    "|*a*|~~b~~|\n|-|-|\n|[c](d)|`e`|",
    "table(row(cell(em(a))cell(del(b)))row(cell(link:d(c))cell(code(e))))",
  ],
  [
    "tasks in nested and numbered lists",
    "1. [X] a\n   - [ ] b\n- [] c",
    "list(item:done(p(a)list(item:todo(p(b)))))list(item(p([] c)))",
  ],
  ["strikes beside letters, but no single or triple tildes", "a~~b~~c ~d~ ~~~e~~~", "p(adel(b)c ~d~ ~~~e~~~)"],
  [
    "a bare URL without what follows it",
    "www.a.org/b?c&amp; (https://a.org/(b)) https://a.org/b...",
    "p(link:http://www.a.org/b?c(www.a.org/b?c)& (link:https://a.org/(b)(https://a.org/(b))) link:https://a.org/b(https://a.org/b)...)",
  ],
  [
    "tags that would change the page as text",
    "<title>a</title> <style> <script> <textarea> <iframe>",
    "p(<title>a</title> <style> <script> <textarea> <iframe>)",
  ],
  ["text before a table", "words\n| a |\n|---|", "p(words)table(row(cell(a)))"],
  ["fenced code", "```python\nx = **y\n\n- z\n```\nend", "code:python(x = **y\n\n- z\n)p(end)"],
  ["fenced code in a list", "- a\n  ```\n  x\n    y\n  ```", "list(item(p(a)code(x\n  y\n)))"],
  ["tabs in fenced code", "```make\nall:\n\techo\n```", "code:make(all:\n\techo\n)"],
  ["a footnote", "a[^1]\n\n[^1]: b\n\n    c\n\nd", "p(afootnote:1(^1))footnote:1(p(b)p(c))p(d)"],
  ["HTML as text", '<div onclick="x">a</div>', 'p(<div onclick="x">a</div>)'],
  ["the few HTML tags that are supported", "H<sub>2</sub>O<br>a <kbd>b", "p(Hsub(2)Obreaka <kbd>b)"],
  ["entities", "&lt;b&gt; &amp;amp; &#65; &nothing;", "p(<b> &amp; A &nothing;)"],
  ["formulas", "$a_1 * b$, \\(c\\) and $$d$$", "p(math(a_1 * b), math(c) and math:display(d))"],
  ["a formula on lines of its own", "so\n$$\na\n- b\n$$\nend", "p(so)math(\na\n- b\n)p(end)"],
  ["a formula in brackets", "\\[\nx = 1\n\\]", "math(\nx = 1\n)"],
  [
    "formulas with names beside commands",
    "$AB \\perp CD$, $\\triangle ABC \\cong \\triangle DEF$, $2 NaOH \\rightarrow x$, $10 \\times 10^{5} Pa$, $100 km$",
    "p(math(AB \\perp CD), math(\\triangle ABC \\cong \\triangle DEF), math(2 NaOH \\rightarrow x), math(10 \\times 10^{5} Pa), math(100 km))",
  ],
  [
    "a formula that begins at the end of a line",
    "The area is: $$\nA = \\pi r^2\n$$\nof it.",
    "p(The area is: math:display(A = \\pi r^2)breakof it.)",
  ],
  [
    "a formula below a line with its delimiters as code",
    "Write `$$` so:\n$$\nx\n$$",
    "p(Write code($$) so:)math(\nx\n)",
  ],
  ["a full stop behind a formula", "$$\nx\n$$.\nend", "math(\nx\n.)p(end)"],
  ["an equation number behind a formula", "\\[\nx\n\\] (1)\nend", "math(\nx\n\\qquad (1))p(end)"],
  ["text behind a formula", "$$\nx\n$$ where $a$", "math(\nx\n)p(where math(a))"],
  [
    "a long line after an unclosed delimiter as text",
    `$$\n${"word ".repeat(300)}end\n\nEnd`,
    `p($$break${"word ".repeat(300)}end)p(End)`,
  ],
  ["unclosed dollars as text", "$$\nnot\n\nmathematics", "p($$breaknot)p(mathematics)"],
  [
    "markers beyond the nesting limit as text",
    `${"> ".repeat(60)}end`,
    `${"quote(".repeat(40)}p(${"> ".repeat(20)}end)${")".repeat(40)}`,
  ],
  ["spaces in blank lines of indented code", "    a\n      \n    b\n", "code(a\n  \nb\n)"],
  ["spaces in blank lines of fenced code in a list", "- ```\n  a\n      \n  ```", "list(item(code(a\n    \n)))"],
  ["no task in indented code of a list", "-     [x] a", "list(item(code([x] a\n)))"],
  ["a table of one column by its alignment", "| a |\n:-----:\n| b |", "table(row(cell(a))row(cell(b)))"],
  [
    "a table that is too wide as text",
    `|${"a|".repeat(200)}\n|${"-|".repeat(200)}`,
    `p(|${"a|".repeat(200)}break|${"-|".repeat(200)})`,
  ],
  ["a line break in a paragraph", "Best regards,\nAnna", "p(Best regards,breakAnna)"],
  ["one line break for a hard one, or a tag at the end of a line", "a  \nb\\\nc<br>\nd", "p(abreakbbreakcbreakd)"],
  [
    "environments without delimiters as formulas",
    "so\n\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}\nor \\begin{cases}1\\\\2\\end{cases}.",
    "p(so)math(\\begin{align}\na &= b \\\\\nc &= d\n\\end{align})p(or math:display(\\begin{cases}1\\\\2\\end{cases}).)",
  ],
  [
    "a full stop behind an environment in it",
    "\\begin{equation}\nx\n\\end{equation}.",
    "math(\\begin{equation}\nx\n.\\end{equation})",
  ],
  ["other environments as text", "\\begin{foo}\nx\n\\end{foo}", "p(\\begin{foo}breakxbreak\\end{foo})"],
  [
    "a paragraph with a line that only may begin a formula",
    "a\n\\[b\nc\n\nd\n$$\ne\n\nf",
    "p(abreak[bbreakc)p(dbreak$$breake)p(f)",
  ],
  [
    "an item that begins with what only may be a formula or a comment as one item",
    "- $$\n  a\n\n- <!--\n\n- b",
    "list(item(p($$breaka))item(p(<!--))item(p(b)))",
  ],
  ["a formula between the lines of a paragraph", "a\n\\[\nb\n\\]\nc", "p(a)math(\nb\n)p(c)"],
  [
    "balanced brackets in a bare URL",
    "https://a.org/?f[name]=b&p[size]=10, [https://a.org] or https://a.org/[b",
    "p(link:https://a.org/?f[name]=b&p[size]=10(https://a.org/?f[name]=b&p[size]=10), reference:https://a.org(link:https://a.org(https://a.org)) or link:https://a.org/(https://a.org/)[b)",
  ],
  ["an IPv6 address in a bare URL", "http://[::1]:80/ ", "p(link:http://[::1]:80/(http://[::1]:80/))"],
  [
    "bare email addresses",
    "a@b.org, (a.b+c@d-e.org) or a_b@c.org, 见a@b.org。",
    "p(link:mailto:a@b.org(a@b.org), (link:mailto:a.b+c@d-e.org(a.b+c@d-e.org)) or link:mailto:a_b@c.org(a_b@c.org), 见link:mailto:a@b.org(a@b.org)。)",
  ],
  [
    "what only resembles an email address as text",
    "react@18.2.0 @ann a@b git@github.com:a/b a@b.c- postgres://u:p@h.org/x",
    "p(react@18.2.0 @ann a@b git@github.com:a/b a@b.c- postgres://u:p@h.org/x)",
  ],
  ["an address in angle brackets with an escaped bracket", "[a](<b\\<c>)", "p(link:b<c(a))"],
  ["a backslash before a space as the end of an address", "[a](b\\ c)", "p(reference:a(a)(b\\ c))"],
  ["a nonbreaking space as part of an address", "[a](b\u00a0c)", "p(link:b\u00a0c(a))"],
  ["a label of a footnote with a bracket as text", "[^a[b]: c", "p([^areference:b(b): c)"],
  [
    "markers behind a space that isn't one of Markdown as text",
    "\u2028[a]: b\n\n\u00a0- c",
    "p(\u2028reference:a(a): b)p(\u00a0- c)",
  ],
  [
    "HTML that does no more than Markdown",
    "<b>a</b> <I>b</I> <strong>c</strong> <em>d</em> <s>e</s> <del>f</del> <small class='x'>g</small>",
    "p(b(a) i(b) strong(c) em(d) s(e) del(f) small(g))",
  ],
  ["nothing of comments", "a <!-- b\nc --> d\n<!-- e\n\nf -->\n<!-- --> g", "p(a  d)p(g)"],
  ["a comment that never ends as text", "a\n<!-- b\n\nc", "p(abreak<!-- b)p(c)"],
  [
    "what can be folded",
    "<details>\n<summary>a *b*</summary>\n\n- c\n\n</details>\nd",
    "details(summary(a em(b))list(item(p(c))))p(d)",
  ],
  ["what can be folded on one line", "<details open><summary>a</summary>b</details>\nc", "details(summary(a)p(b))p(c)"],
  ["an indented summary", "<details>\n    <summary>a</summary>\n\n    b\n</details>", "details(summary(a)code(b\n))"],
  ["a summary over lines", "<details>\n<summary>\na\nb\n</summary>\nc", "details(summary(abreakb)p(c))"],
  ["a summary of nothing as text", "<summary>a</summary>\n</details>", "p(<summary>a</summary>break</details>)"],
  [
    "alerts",
    "> [!NOTE]\n> a\n\n> [!warning] b\n\n> [!OTHER]\n> c\n\n[!TIP]\nd",
    "quote:note(p(a))quote:warning(p(b))quote(p(reference:!OTHER(!OTHER)breakc))p(reference:!TIP(!TIP)breakd)",
  ],
  ["letters and signs by their names", "&auml;&szlig;&Zcaron;&rArr;&cross;&Sigma;&forall;&half;", "p(äßŽ⇒✗Σ∀½)"],
];

for (const [name, text, expected] of CASES) {
  test(`Renders ${name}`, () => assert.equal(outline(rendered(text).root), expected));
}

/** @type {[string, string, string][]} what is tested, the text that has arrived, the visible text */
const ARRIVING = [
  ["no setext heading if a list may begin", "Tides:\n-", "Tides:"],
  ["no list number before its item", "Tides:\n1.", "Tides:"],
  ["no heading marker before its heading", "##", ""],
  ["no table header before its delimiter row", "Tides:\n\n| Place | High |\n|--", "Tides:"],
  ["a row from its first cell", "| a | b |\n|---|---|\n| Brest | **6", "a b Brest 6"],
  ["bold text from its first word", "It is **very", "It is very"],
  ["no asterisks before the text that they emphasise", "It is **", "It is"],
  ["inline code from its first letter", "Call `print", "Call print"],
  ["the text of a link before its URL", "See [the tables](https://exam", "See the tables"],
  ["no bracket that may begin a link", "See [the ta", "See"],
  ["no part of an image", "See ![a map](https://exam", "See"],
  ["no part of a footnote", "See[^no", "See"],
  ["no part of a tag", "H<su", "H"],
  ["no part of an entity", "a &am", "a"],
  ["no inline formula before it is closed", "so $x_1 +", "so"],
  ["money once a second word follows it", "so $5 and t", "so $5 and t"],
  ["no part of a closing fence", "```python\nx = 1\n``", "x = 1"],
  ["fenced code as it is", "```python\nx = **y", "x = **y"],
  ["no display formula before it is closed", "so\n\n$$\n\\frac", "so"],
  ["an asterisk between numbers or letters", "so 5*3 = 15, a**b and", "so 5*3 = 15, a**b and"],
  ["no padded formula before it is closed", "so $ x +", "so"],
  ["no environment before it is closed", "so \\beg", "so"],
  ["no environment on its own lines before it is closed", "so\n\\begin{align}\na", "so"],
  ["no marker of an alert", "> [!NO", ""],
  ["no part of a comment", "so <!-- a", "so"],
  ["no part of a comment on lines of its own", "so\n<!-- a\n\nb", "so"],
  ["no part of a tag on a line of its own", "so\n\n<det", "so"],
];

for (const [name, arrived, seen] of ARRIVING) {
  test(`While text arrives, shows ${name}`, () => assert.equal(visible(new Renderer().write(arrived)), seen));
}

test("The rendered text is the same however it is split", () => {
  for (const random of numbers(1500)) {
    const text = wild(random);
    const whole = treeOf(rendered(text));
    assert.equal(
      treeOf([...text].reduce((renderer, character) => renderer.write(character), new Renderer()).end()),
      whole,
      text,
    );
    const pieces = new Renderer();
    for (let at = 0; at < text.length; ) {
      const length = 1 + random(9);
      pieces.write(text.slice(at, at + length));
      at += length;
    }
    assert.equal(treeOf(pieces.end()), whole, text);
  }
});

test("Visible text is never taken back: it is always a prefix of the whole", () => {
  for (const random of numbers(400)) {
    const text = wellFormed(random);
    const whole = visible(rendered(text));
    const renderer = new Renderer();
    for (const [at, character] of [...text].entries()) {
      const seen = visible(renderer.write(character));
      assert.ok(whole.startsWith(seen), `${JSON.stringify(text.slice(0, at + 1))} shows\n${seen}\nof\n${whole}`);
    }
  }
});

test("Nodes nest to a limit, and markers beyond it are text", () => {
  for (const [opener, closer] of [
    ["[", "]"],
    ["*a ", " a*"],
    ["**", "**"],
    ["<b>", "</b>"],
    ["*<b>[", "]</b>*"],
    ["> ", ""],
    ["- ", ""],
    ["<details>", ""],
  ]) {
    const { root } = rendered(`${opener.repeat(400)}x${closer.repeat(400)}`);
    assert.ok(depthOf(root) < 70, `${opener}: ${depthOf(root)}`);
    assert.match(outline(root), /x/);
  }
});

test("A long text without spaces keeps its markup and its characters", () => {
  const text = `${"中文字".repeat(660)}**重点${"很长".repeat(20)}**${"结尾".repeat(300)}`;
  assert.equal(outline(rendered(text).root), `p(${text.replace("**", "strong(").replace("**", ")")})`);
  const smileys = nodesOf(rendered(`a${"😀".repeat(3000)}`).root.children[0]);
  assert.ok(smileys.every((node) => node.text.isWellFormed()));
});

test("Later text in a block costs no more than earlier text", () => {
  const parts = [
    "_a_ ",
    "**",
    "`a``b ",
    "[",
    "](",
    "![[",
    "- a\n",
    "> a\n",
    "| a | b |\n",
    "<a ",
    "$a ",
    "$$a\n",
    "a $$\n",
    "$$\n- a\n",
    "*a_ ",
    "。**",
    "**注意：**内容，",
    "见https://a.org/b，",
    "\\[",
    "<sub>",
    "1. ",
    "$ a ",
    "a_",
    "a@b.c ",
    "@",
    "中文a@b.org，",
    "<!-- a\n",
    "<!-- -->a\n",
    "<details>\n",
    "<b><i>",
    "\\begin{align}\n",
    "> [!NOTE]\n",
    "https://a.org/[",
    "a*b ",
  ];
  for (const part of parts) {
    const text = part.repeat(80_000 / part.length);
    const renderer = new Renderer().write(text.slice(0, 20_000));
    const [early, , late] = [20_000, 40_000, 60_000].map((from) => {
      const start = process.cpuUsage();
      for (let at = from; at < from + 20_000; at += 100) renderer.write(text.slice(at, at + 100));
      // CPU time, so that other processes on the machine don't count.
      const { user, system } = process.cpuUsage(start);
      return (user + system) / 1000;
    });
    assert.ok(
      late < 3 * early + 100,
      `${JSON.stringify(part)}: ${early} ms for the early text, ${late} ms for the late text`,
    );
  }
});

/** @param {any} node */
const nodesOf = ({ inline = [], children = [] }) => [...inline, ...children];

/**
 * @param {any} node
 * @returns {number}
 */
function depthOf(node) {
  return 1 + Math.max(0, ...nodesOf(node).map(depthOf));
}

/** @param {any} node */
function outline({
  type,
  children = [],
  inline = [],
  text = "",
  level = "",
  label = "",
  isDone = null,
  isDisplay = false,
  href,
}) {
  if (type === "text") return text;
  if (type === "break") return type;
  const inner = inline.map(outline).join("") || children.map(outline).join("") || text;
  const name = type === "paragraph" ? "p" : type + (level || "");
  const notes = [label, isDone === null ? "" : isDone ? "done" : "todo", isDisplay ? "display" : "", href ?? ""].filter(
    Boolean,
  );
  const all = [name, ...notes].join(":");
  if (type === "document") return inner;
  return type === "footnote" && !inner ? all : `${all}(${inner})`;
}
