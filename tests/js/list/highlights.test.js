import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { searchPattern } = await import("chat/list/highlights");

/** @type {[string, string, string[]][]} */
const CASES = [
  ["noon", "At noon, before Noon and afternoons", ["noon", "Noon"]],
  ["har", "The harbour, shared", ["harbour"]],
  ["har ", "The harbour and Har", ["Har"]],
  ["high noon", "Noon is high, not higher; noons are not", ["Noon", "high", "noons"]],
  ['"two metres" -noon or tide', "Two metres at noon: the tides", ["Two", "metres", "tides"]],
  ["größe", "Die Größe der Größenordnung", ["Größe", "Größenordnung"]],
  ["a_b", "a_b and a", ["a_b"]],
];

for (const [query, text, found] of CASES)
  test(`A search for ${query} matches in: ${text}`, () => {
    const pattern = searchPattern(query);
    assert.ok(pattern);
    assert.deepEqual(
      [...text.matchAll(pattern)].map(([word]) => word),
      found,
    );
  });

test("A query without words has no pattern", () => assert.equal(searchPattern('!!! "-" or'), null));
