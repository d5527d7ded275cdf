import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { dayLabel, shortDate } = await import("chat/list/days");

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

test("a moment is shown as the time today, otherwise as the date, with the year if it is another one", () => {
  assert.match(shortDate(new Date(2026, 10, 20, 10, 5), NOW), /^10:05\sAM$/);
  assert.equal(shortDate(new Date(2026, 10, 20, 10, 5), NOW, "de"), "10:05");
  assert.equal(shortDate(new Date(2026, 10, 19, 23, 59), NOW), "Nov 19");
  assert.equal(shortDate(new Date(2025, 10, 20, 0, 5), NOW, "de"), "20. Nov. 2025");
});
