import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { dayLabel } = await import("chat/list/days");

const NOW = new Date(2026, 10, 20, 0, 30);

/** @type {[Date, string][]} */
const CASES = [
  [new Date(2026, 10, 20, 0, 5), "Today"],
  [new Date(2026, 10, 20, 0, 31), "Today"],
  [new Date(2026, 10, 19, 23, 59), "Yesterday"],
  [new Date(2026, 10, 18, 12, 0), "Previous 7 days"],
  [new Date(2026, 10, 13, 0, 0), "Previous 7 days"],
  [new Date(2026, 10, 12, 23, 59), "November 2026"],
  [new Date(2025, 10, 20, 0, 30), "November 2025"],
];

for (const [moment, label] of CASES)
  test(`${moment} is listed under ${label}`, () => assert.equal(dayLabel(moment, NOW), label));
