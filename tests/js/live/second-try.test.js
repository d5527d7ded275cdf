import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { SecondTry } = await import("chat/live/second-try");

const content = [{ type: "input_text", text: "When is high tide?" }];
const QUESTION = {
  type: "response.create",
  conversation: null,
  previous_response_id: null,
  input: [{ type: "message", role: "user", content }],
};

/** @param {any} fields */
function afterFailing(fields = {}) {
  const secondTry = new SecondTry();
  const first = secondTry.named(QUESTION);
  secondTry.failed = first;
  return { secondTry, first, second: secondTry.named({ ...QUESTION, ...fields }) };
}

test("What failed keeps its id", () => {
  const { first, second } = afterFailing();
  assert.deepEqual(second, first);
});

for (const fields of [{ input: [] }, { previous_response_id: "c3d4" }, { conversation: "7d2f" }, { temporary: true }]) {
  test(`Another question has an id of its own: ${Object.keys(fields)}`, () => {
    const { first, second } = afterFailing(fields);
    assert.notEqual(second.client_message_id, first.client_message_id);
  });
}

test("The same asked again after it was taken has an id of its own", () => {
  const secondTry = new SecondTry();
  const first = secondTry.named(QUESTION);
  assert.notEqual(secondTry.named(QUESTION).client_message_id, first.client_message_id);
});

test("What is stored all the same settles it, and its words are needed where they were changed", () => {
  for (const [written, isNeeded] of [
    [content, false],
    [[{ type: "input_text", text: "And low tide?" }], true],
  ]) {
    const { secondTry, first } = afterFailing();
    const queued = { type: "response.queued", response: { metadata: { client_message_id: first.client_message_id } } };
    assert.equal(secondTry.isSettledBy({ type: "response.queued", response: {} }, content), false);
    assert.equal(secondTry.isSettledBy(queued, written), !isNeeded);
    assert.notEqual(secondTry.named(QUESTION).client_message_id, first.client_message_id);
  }
});
