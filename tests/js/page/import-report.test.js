import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { summary } = await import("chat/page/import-report");

/** @param {object} counts */
const report = (counts) => ({ imported: 0, known: 0, failed: 0, unreached: 0, problems: [], ...counts });

/** @type {[object, string][]} */
const REPORTS = [
  [{ imported: 1 }, "1 conversation was imported."],
  [{ imported: 2, known: 1 }, "2 conversations were imported. 1 was already here."],
  [{ known: 1 }, "Nothing new: 1 conversation was already here."],
  [{ known: 7 }, "Nothing new: 7 conversations were already here."],
  [{ known: 2, failed: 1 }, "Nothing new: 2 conversations were already here. 1 couldn't be imported:"],
  [{ failed: 3 }, "3 couldn't be imported:"],
  [
    { imported: 5, unreached: 4 },
    "5 conversations were imported. 4 weren't imported in time. Import the file again to continue.",
  ],
  [{}, "There are no conversations in this file."],
];

for (const [counts, sentences] of REPORTS) {
  test(`An import says: ${sentences}`, () => assert.equal(summary(report(counts)), sentences));
}
