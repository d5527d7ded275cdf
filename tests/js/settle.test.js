import assert from "node:assert/strict";
import { test } from "node:test";

import { settle } from "../../static/chat/settle.js";

/** @type {[string, string, string][]} what it shows, what has arrived, what is drawn of it */
const CASES = [
  ["plain text as it is", "High tide at", "High tide at"],
  ["no heading where a list begins", "Tides:\n-", "Tides:\n"],
  ["no heading where a rule begins", "Tides\n--", "Tides\n"],
  ["the item once it has words", "Tides:\n- spring", "Tides:\n- spring"],
  ["no number before its item", "Tides:\n1.", "Tides:\n"],
  ["no mark before its heading", "##", ""],
  ["no backticks before their code", "``", ""],
  ["no table's header before its rule", "| Place | High |", ""],
  ["no table's header with half a rule", "| Place | High |\n|--", ""],
  ["a table as soon as its rule is whole", "| Place | High |\n|---|---|\n", "| Place | High |\n|---|---|\n"],
  [
    "a row from its first cell on",
    "Tides:\n\n| Place |\n|---|\n| Brest |\n",
    "Tides:\n\n| Place |\n|---|\n| Brest |\n",
  ],
  ["the words before a table", "Tides:\n| Place | High", "Tides:"],
  ["a table with its rule", "| Place | High |\n|---|---|\n| Brest", "| Place | High |\n|---|---|\n| Brest"],
  ["bold from its first word on", "It is **very", "It is **very**"],
  ["no asterisks before their word", "It is **", "It is "],
  ["code from its first letter on", "Call `print", "Call `print`"],
  ["no backtick before its code", "Call `", "Call "],
  ["asterisks within code", "Call `a ** b` now", "Call `a ** b` now"],
  ["a link's words before its address", "See [the tables](https://exam", "See the tables"],
  ["a whole link", "See [the tables](https://example.org)", "See [the tables](https://example.org)"],
  ["a bracket in the text", "a[0] is first", "a[0] is first"],
  ["code within a fence as it is", "```python\nx = **y", "```python\nx = **y"],
  ["a dash within a fence", "```yaml\n-", "```yaml\n-"],
  ["no half of a closing fence", "```python\nx = 1\n``", "```python\nx = 1\n"],
  ["text after a fence", "```\nx\n```\nIt is **", "```\nx\n```\nIt is "],
];

for (const [name, arrived, drawn] of CASES) test(name, () => assert.equal(settle(arrived), drawn));
