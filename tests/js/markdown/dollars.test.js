import assert from "node:assert/strict";
import { test } from "node:test";

import { rendered } from "#support/rendered.js";

/** Texts without formulas: money, variables, units, names of shares. */
const TEXTS = [
  "It costs $5 and $10, or 5$ and 10$, or $1,000.50-$2,000 a year, $5 über 10$, $5，6$",
  "between $5–$10 or from $100k to $200k",
  "$5–$10; 5$",
  "US$5, CA$6, R$ 5 e R$ 6",
  "$5/month, $10/month or $5/$10",
  "$0.02/1k tokens in, $0.06/1k tokens out",
  "$1 = €0.92 and $2 = €1.84",
  "$5 + $6 = $11",
  "either $5\nor $6",
  "$5, $6, $7 or $5,$6",
  "Cost ($/kg) and ($/lb), ($) and ($)",
  "$ 5 or $ 6, $ 5 + $ 6, $ PATH $",
  "A$AP and Ke$ha",
  "$AAPL, $MSFT and $TSLA, $AAPL/$MSFT, $AAPL-$MSFT",
  "Buy $AAPL (up 5%) and sell $TSLA (down 3%)",
  "Set $HOME is better than a$PATH here",
  "$HOME/bin:$PATH, $A:$B, $USER@$HOST, $USER_NAME",
  `\${A}-\${B}, \${A}\${B}, \${a} and \${b}`,
  "$(pwd)/$(ls) and $(date) or $(whoami)",
  "$this->a = $b->c; $i++; $j--",
  "$_GET['a'] and $_POST['b'], {{ $x }} and {{ $y }}",
  "$$ is the number; $? is the status",
  "$ npm install\n$ npm start",
  "$5, `$HOME` is set",
  "$20/month; code `$x$` too",
  "$x, `$x`",
];

/** @type {[string, string[]][]} texts and their formulas */
const FORMULAS = [
  ["$x$, $x^2$ and $a+b=c$", ["x", "x^2", "a+b=c"]],
  ['the $n$th, $x$s, $x$-axis, ($x$), "$x$", $x$/$y$', ["n", "x", "x", "x", "x", "x", "y"]],
  ["$5x + 3 = 8$, $3 \\times 4$, $100$, $0.5$, $-5$", ["5x + 3 = 8", "3 \\times 4", "100", "0.5", "-5"]],
  ["$a = 5$ and $b = 6$", ["a = 5", "b = 6"]],
  ["$(a, b)$, $[0, 1]$, $n!$, $f'(x)$, $|x|$, $a/b$", ["(a, b)", "[0, 1]", "n!", "f'(x)", "|x|", "a/b"]],
  ["$\\$5$, $5\\%$, $90^\\circ$", ["\\$5", "5\\%", "90^\\circ"]],
  ["$AB \\perp CD$, $100 km$, $5 \\text{ kg}$", ["AB \\perp CD", "100 km", "5 \\text{ kg}"]],
  ["$x \\text{ is not } y$, $O(n \\log n)$", ["x \\text{ is not } y", "O(n \\log n)"]],
  ["**$x$**, *$y$*, 函数$f(x)$的", ["x", "y", "f(x)"]],
  ["$ x $, $ \\alpha^2 $, $ x = 1 $", ["x", "\\alpha^2", "x = 1"]],
  ["$ P(A) $, $ x + y $, $ (a, b) $, $ n! $", ["P(A)", "x + y", "(a, b)", "n!"]],
  ["| $ x $ | $ 5 |\n|---|---|\n| $a$ | $ 6 |", ["x", "a"]],
];

for (const text of TEXTS) test(`No formula is in ${text}`, () => assert.deepEqual(formulasOf(text), []));
for (const [text, formulas] of FORMULAS)
  test(`Formulas are in ${text}`, () => assert.deepEqual(formulasOf(text), formulas));

/** @param {string} text */
function formulasOf(text) {
  /** @type {(nodes: any[]) => string[]} */
  const formulas = (nodes) =>
    nodes.flatMap(({ type, text, inline = [], children = [] }) =>
      type === "math" ? [text] : formulas([...inline, ...children]),
    );
  return formulas([rendered(text).root]);
}
