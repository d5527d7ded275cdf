import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { placeIn } = await import("chat/items/cited-places");

const SAYS = "**handbook.pdf** says: Parents may take *49* weeks.";
const DRAWN = ["handbook.pdf", " says: Parents may take ", "49", " weeks.", "Trains are booked."];

test("A number stands behind the sentence that it is for", () =>
  assert.deepEqual(placeIn(DRAWN, SAYS), { node: 3, offset: 7 }));

test("Markup in the source doesn't count", () =>
  assert.deepEqual(placeIn(DRAWN, "**handbook.pdf** says: Parents may take *49*"), { node: 2, offset: 2 }));

test("Of two sentences that are alike, the one that is meant has the number", () => {
  const twice = ["See page three of the handbook.", "See page three of the handbook."];
  assert.deepEqual(placeIn(twice, twice[0]), { node: 0, offset: 31 });
  assert.deepEqual(placeIn(twice, twice.join(" ")), { node: 1, offset: 31 });
});

test("Where a link leads isn't drawn", () =>
  assert.deepEqual(placeIn(["See ", "page 3", ", please."], "See [page 3](https://x.example/3), please."), {
    node: 2,
    offset: 9,
  }));

test("Signs of two units are one place", () =>
  assert.deepEqual(placeIn(["the sign \u{20000}\u{20001} there"], "the sign \u{20000}"), { node: 0, offset: 11 }));

for (const before of ["", "…", "something that isn't drawn"])
  test(`There is no place behind ${JSON.stringify(before)}`, () => assert.equal(placeIn(DRAWN, before), null));
