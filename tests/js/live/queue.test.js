import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "#support/modules.js";
import { TabStorage } from "#support/storage.js";

const { HELD, HOLD, MessageQueue, SEND, URGENT, WAIT, WAITING } = await import("chat/live/queue");

const PERSON = "a1";
const CONVERSATION = "7d2f";
const RESPONSE = "c3d4";

/** @param {string} text */
const words = (text) => [{ type: "input_text", text }];

beforeEach(() => {
  globalThis.sessionStorage = new TabStorage();
});

/** Return the queue of a page that has just been loaded. Only the storage survives a load. */
function load({ person = PERSON, conversation = CONVERSATION } = {}) {
  return new MessageQueue(person, conversation);
}

/** Return a queue of these messages, which follow a response. */
function queueOf(...texts) {
  const queue = load();
  for (const text of texts) queue.add(words(text), RESPONSE);
  return queue;
}

const textsOf = (queue) => queue.messages.map(({ content }) => content[0].text);
const idOf = (queue, text) => queue.messages.find(({ content }) => content[0].text === text).id;

/** @type {Record<string, (queue: any) => any>} brings a queue into a state */
const INTO = {
  [WAITING]: () => {},
  [URGENT]: (queue) => queue.urge(idOf(queue, "One")),
  [HELD]: (queue) => queue.hold("No."),
};

/** @param {string} state */
function queueThatIs(state) {
  const queue = queueOf("One", "Two");
  INTO[state](queue);
  assert.equal(queue.state, state);
  return queue;
}

/** The state to which each step leads, from each state. */
const STEPS = {
  add: [(queue) => queue.add(words("Three"), "e5"), { [WAITING]: WAITING, [URGENT]: URGENT, [HELD]: HELD }],
  edit: [(queue) => queue.edit(idOf(queue, "One"), words("1")), { [WAITING]: WAITING, [URGENT]: URGENT, [HELD]: HELD }],
  remove: [(queue) => queue.remove(idOf(queue, "Two")), { [WAITING]: WAITING, [URGENT]: URGENT, [HELD]: HELD }],
  settle: [(queue) => queue.settle("e5", CONVERSATION), { [WAITING]: WAITING, [URGENT]: URGENT, [HELD]: HELD }],
  urge: [(queue) => queue.urge(idOf(queue, "Two")), { [WAITING]: URGENT, [URGENT]: URGENT, [HELD]: URGENT }],
  take: [(queue) => queue.take(), { [WAITING]: WAITING, [URGENT]: WAITING, [HELD]: WAITING }],
  follow: [(queue) => queue.follow(), { [WAITING]: WAITING, [URGENT]: WAITING, [HELD]: WAITING }],
  hold: [(queue) => queue.hold("No."), { [WAITING]: HELD, [URGENT]: HELD, [HELD]: HELD }],
};

for (const [step, [act, outcomes]] of Object.entries(STEPS)) {
  for (const [state, next] of Object.entries(outcomes)) {
    test(`While the queue is ${state}, ${step} makes it ${next}, also after a reload`, () => {
      const queue = queueThatIs(state);
      act(queue);
      assert.equal(queue.state, next);
      const { messages, after, problem } = load();
      assert.deepEqual(messages, queue.messages);
      assert.deepEqual([load().state, after, problem], [next, queue.after, queue.problem]);
    });
  }
}

const STATUSES = ["completed", "failed", "cancelled", "incomplete", undefined];

for (const status of STATUSES) {
  for (const isHere of [true, false]) {
    test(`After an answer that is ${status}, ${isHere ? "shown" : "on another branch"}`, () => {
      const next = (/** @type {string} */ state) => queueThatIs(state).next({ isBusy: false, isHere, status });
      assert.equal(next(WAITING), isHere && status === "completed" ? SEND : HOLD);
      assert.equal(next(HELD), HOLD);
      assert.equal(next(URGENT), SEND);
      assert.equal(load({ conversation: "e5" }).next({ isBusy: false, isHere, status }), WAIT);
    });
  }
}

test("Nothing is sent while a message is on its way or an answer is running", () => {
  for (const state of Object.keys(INTO))
    for (const status of STATUSES) assert.equal(queueThatIs(state).next({ isBusy: true, isHere: true, status }), WAIT);
});

test("Messages are taken in their order, and each follows the one before it", () => {
  const queue = queueOf("One", "Two");
  assert.equal(queue.after, RESPONSE);
  assert.deepEqual(queue.take().content, words("One"));
  assert.equal(queue.after, "");
  queue.settle("e5", CONVERSATION);
  assert.equal(queue.after, "e5");
  assert.deepEqual(queue.take().content, words("Two"));
  assert.equal(sessionStorage.length, 0);
});

test("A message that is sent now comes before the others", () => {
  const queue = queueOf("One", "Two", "Three");
  queue.urge(idOf(queue, "Three"));
  assert.deepEqual(textsOf(queue), ["Three", "One", "Two"]);
  queue.urge("unknown");
  assert.deepEqual(textsOf(load()), ["Three", "One", "Two"]);
});

test("A removed message is put back where it was, under its id", () => {
  const queue = queueOf("One", "Two", "Three");
  const [, two] = queue.messages;
  queue.remove(two.id);
  assert.deepEqual(textsOf(queue), ["One", "Three"]);
  queue.insert(two, 1);
  assert.deepEqual(textsOf(queue), ["One", "Two", "Three"]);
  assert.equal(queue.messages[1].id, two.id);
});

test("An edited message gets another id, and stays where it is", () => {
  const queue = queueOf("One", "Two");
  const [{ id }] = queue.messages;
  queue.edit(id, words("1"));
  assert.deepEqual(textsOf(queue), ["1", "Two"]);
  assert.notEqual(queue.messages[0].id, id);
});

test("A message that was refused comes first, and says why", () => {
  const queue = queueOf("One", "Two");
  const first = queue.take();
  queue.hold("Too much at once.", first);
  assert.deepEqual(textsOf(load()), ["One", "Two"]);
  assert.equal(load().problem, "Too much at once.");
  queue.urge(first.id);
  assert.equal(queue.problem, "");
});

test("The queue of a new conversation is kept under its id as soon as it has one", () => {
  const queue = load({ conversation: null });
  queue.add(words("One"), "");
  queue.settle(RESPONSE, CONVERSATION);
  assert.deepEqual(load({ conversation: null }).messages, []);
  assert.deepEqual(load().messages, queue.messages);
  assert.equal(load().after, RESPONSE);
});

test("A queue is restored for its person and its conversation, and for no others", () => {
  queueOf("One");
  assert.deepEqual(load({ person: "b2" }).messages, []);
  assert.deepEqual(load({ conversation: "e5" }).messages, []);
  assert.deepEqual(textsOf(load()), ["One"]);
});

test("A cleared queue leaves nothing in the storage", () => {
  const queue = queueOf("One");
  queue.clear();
  assert.equal(sessionStorage.length, 0);
});

test("Messages that don't fit into the storage leave no older ones, which would be sent again", () => {
  const queue = queueOf("One");
  const [[key, kept]] = [
    [`queue/${PERSON}/${CONVERSATION}`, sessionStorage.getItem(`queue/${PERSON}/${CONVERSATION}`)],
  ];
  globalThis.sessionStorage = new TabStorage(key.length + kept.length);
  sessionStorage.setItem(key, kept);
  queue.add(words("Two"), RESPONSE);
  assert.deepEqual(textsOf(queue), ["One", "Two"]);
  assert.deepEqual(load().messages, []);
});

test("Without storage, everything works except restoring after a reload", () => {
  globalThis.sessionStorage = undefined;
  const queue = queueOf("One", "Two");
  assert.deepEqual(textsOf(queue), ["One", "Two"]);
  assert.deepEqual(load().messages, []);
});
