/** Which hosts a link's text names, so that one that leads elsewhere is marked. */

import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { namedHosts } = await import("chat/markdown/render/links");

/** @type {[string, string[]][]} */
const CASES = [
  ["the tables", []],
  ["bank.example", ["bank.example"]],
  [" https://www.Bank.example/login?a=b ", ["bank.example"]],
  ["ba\u200bnk.exam\u00adple", ["bank.example"]],
  ["bank．example", ["bank.example"]],
  ["bank。example", ["bank.example"]],
  ["ｂａｎｋ.example", ["bank.example"]],
  ["192.0.2.7", ["192.0.2.7"]],
  ["http://192.0.2.7:8000/", ["192.0.2.7"]],
  ["bank.xn--p1ai", ["bank.xn--p1ai"]],
  ["Your bank: https://bank.example", ["bank.example"]],
  ["Your bank, www.bank.example, or http://other.example/", ["bank.example", "other.example"]],
  ["version 1.2 of node.js and more", []],
  ["1.2.3", []],
];

for (const [text, hosts] of CASES)
  test(`${JSON.stringify(text)} names ${hosts.join(" and ") || "no host"}`, () =>
    assert.deepEqual(namedHosts(text), hosts));
