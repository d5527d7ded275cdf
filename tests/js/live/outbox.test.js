import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import "#support/modules.js";
import { TabStorage } from "#support/storage.js";

const { ACCEPTED, DRAFT, Outbox, PREPARING, REFUSED, SENT, TRANSITIONS } = await import("chat/live/outbox");

const PERSON = "a1";
const RESPONSE = "c3d4";
const CANCEL = { type: "response.cancel", response_id: RESPONSE };
const CONTENT = [{ type: "input_text", text: "When is high tide?" }];
const OTHER = [{ type: "input_text", text: "When is low tide?" }];
const QUESTION = { conversation: null, previous: null, content: CONTENT };

/** The tab's connection: what was sent over it while it was open. */
class Connection {
  isOpen = true;
  /** @type {any[]} */ sent = [];

  send(command) {
    if (this.isOpen) this.sent.push(command);
    return this.isOpen;
  }
}

let connection = new Connection();

beforeEach(() => {
  globalThis.sessionStorage = new TabStorage();
});

/** The outbox of a page that has just been loaded: only the storage outlives that. */
function load({ person = PERSON, conversation = null } = {}) {
  connection = new Connection();
  return new Outbox(connection, person, conversation);
}

/** @type {Record<string, (outbox: any) => any>} how a new outbox comes into each state */
const WAYS = {
  [DRAFT]: () => {},
  [PREPARING]: (outbox) => outbox.prepare(CONTENT, null),
  [SENT]: (outbox) => outbox.send(QUESTION),
  [ACCEPTED]: (outbox) => outbox.accept(outbox.send(QUESTION).client_message_id, RESPONSE),
  [REFUSED]: (outbox) => outbox.refuse(outbox.send(QUESTION).client_message_id, "server_error"),
};

/** @param {string} state */
function outboxThatIs(state) {
  const outbox = load();
  WAYS[state](outbox);
  assert.equal(outbox.state, state);
  return outbox;
}

/** @type {Record<string, (outbox: any) => any>} */
const STEPS = {
  prepare: (outbox) => outbox.prepare(CONTENT, null),
  send: (outbox) => outbox.send(QUESTION),
  withdraw: (outbox) => outbox.withdraw(),
  accept: (outbox) => outbox.accept(outbox.command?.client_message_id, RESPONSE),
  refuse: (outbox) => outbox.refuse(outbox.command?.client_message_id, "server_error"),
};

/** What each step leads to; null where it is out of turn. */
const EXPECTED = {
  [DRAFT]: { prepare: PREPARING, send: SENT, withdraw: null, accept: null, refuse: null },
  [PREPARING]: { prepare: null, send: SENT, withdraw: REFUSED, accept: null, refuse: null },
  [SENT]: { prepare: null, send: null, withdraw: null, accept: ACCEPTED, refuse: REFUSED },
  [ACCEPTED]: { prepare: PREPARING, send: SENT, withdraw: null, accept: null, refuse: null },
  [REFUSED]: { prepare: PREPARING, send: SENT, withdraw: null, accept: ACCEPTED, refuse: null },
};

test("Every state and every transition is walked below", () => {
  const states = new Set(Object.values(TRANSITIONS).flatMap(({ from, to }) => [...from, to]));
  assert.deepEqual([...states].sort(), Object.keys(EXPECTED).sort());
  assert.deepEqual(Object.keys(TRANSITIONS).sort(), Object.keys(STEPS).sort());
});

for (const [state, outcomes] of Object.entries(EXPECTED)) {
  for (const [step, next] of Object.entries(outcomes)) {
    const isSaidByServer = step === "accept" || step === "refuse";
    const outcome = next ? `makes it ${next}` : isSaidByServer ? "is ignored" : "throws";
    test(`A question that is ${state}: ${step} ${outcome}`, () => {
      const outbox = outboxThatIs(state);
      if (next || isSaidByServer) STEPS[step](outbox);
      else assert.throws(() => STEPS[step](outbox), new RegExp(`no ${step} for a question that is ${state}`));
      assert.equal(outbox.state, next ?? state);
    });
  }

  test(`A reload finds a question that is ${state} where it was, unless it is over`, () => {
    const before = outboxThatIs(state);
    const outbox = load();
    assert.equal(outbox.state, state === ACCEPTED ? DRAFT : state);
    assert.deepEqual(outbox.command, before.command);
    assert.deepEqual(outbox.content, before.content);
    assert.equal(sessionStorage.length, state === DRAFT || state === ACCEPTED ? 0 : 1);
  });

  test(`The outbox is busy only while a question is on its way: ${state}`, () => {
    assert.equal(outboxThatIs(state).isBusy, state === PREPARING || state === SENT);
  });

  test(`A new socket gets the question only while it is sent: ${state}`, () => {
    const outbox = outboxThatIs(state);
    connection.sent = [];
    outbox.resend();
    assert.deepEqual(connection.sent, state === SENT ? [outbox.command] : []);
  });
}

test("The protocol's command is sent, with an id of its own for each question", () => {
  const outbox = load();
  const command = outbox.send({ ...QUESTION, conversation: "7d2f", previous: RESPONSE });
  const { client_message_id, ...rest } = command;
  assert.match(client_message_id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(rest, {
    type: "response.create",
    conversation: "7d2f",
    previous_response_id: RESPONSE,
    input: [{ type: "message", role: "user", content: CONTENT }],
  });
  assert.deepEqual(connection.sent, [command]);
  outbox.accept(client_message_id, RESPONSE);
  const again = outbox.send({ ...QUESTION, conversation: "7d2f", previous: RESPONSE });
  assert.notEqual(again.client_message_id, client_message_id);
});

test("Only the first question of a temporary conversation says that it is temporary", () => {
  const outbox = load();
  const command = outbox.send({ ...QUESTION, isTemporary: true });
  assert.equal(command.temporary, true);
  outbox.accept(command.client_message_id, RESPONSE);
  assert.equal("temporary" in outbox.send({ ...QUESTION, isTemporary: false }), false);
});

test("A question that is accepted twice is accepted once", () => {
  const outbox = load();
  const command = outbox.send(QUESTION);
  outbox.stop("");
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, ACCEPTED);
  assert.deepEqual(connection.sent, [command, CANCEL]);
});

test("What the server says about another question changes nothing", () => {
  const outbox = load();
  const command = outbox.send(QUESTION);
  for (const id of ["another", null, undefined]) {
    assert.equal(outbox.refuse(id, "empty_input"), null);
    assert.equal(outbox.refuse(id, "server_error"), null);
    assert.equal(outbox.accept(id, RESPONSE), null);
  }
  assert.equal(outbox.state, SENT);
  assert.deepEqual(load().command, command);
});

test("A refused question is given back, and asked again it is a new one", () => {
  const outbox = load();
  const { client_message_id } = outbox.send(QUESTION);
  assert.deepEqual(outbox.refuse(client_message_id, "too_many_responses"), CONTENT);
  assert.equal(outbox.command, null);
  assert.equal(sessionStorage.length, 0);
  assert.notEqual(outbox.send(QUESTION).client_message_id, client_message_id);
});

/** Sends a question that fails on the server. */
function failed() {
  const outbox = load();
  const command = outbox.send(QUESTION);
  assert.deepEqual(outbox.refuse(command.client_message_id, "server_error"), CONTENT);
  return { outbox, command };
}

test("A question that failed on the server keeps its id however often it is tried", () => {
  const { outbox, command } = failed();
  assert.deepEqual(outbox.send(QUESTION), command);
  outbox.refuse(command.client_message_id, "server_error");
  outbox.prepare(CONTENT, null);
  assert.deepEqual(outbox.send(QUESTION), command);
});

test("A question that failed on the server keeps its id over a reload", () => {
  const { command } = failed();
  assert.deepEqual(load().send(QUESTION), command);
});

for (const fields of [{ content: OTHER }, { previous: RESPONSE }, { conversation: "7d2f" }, { isTemporary: true }]) {
  test(`Another question than the one that failed has an id of its own: ${Object.keys(fields)}`, () => {
    const { outbox, command } = failed();
    const other = outbox.send({ ...QUESTION, ...fields });
    assert.notEqual(other.client_message_id, command.client_message_id);
    // From now on it is this one that counts.
    assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
    assert.equal(outbox.state, SENT);
  });
}

test("A question that failed on the server and is stored all the same needs no second try", () => {
  const { outbox, command } = failed();
  assert.deepEqual(outbox.accept(command.client_message_id, RESPONSE), CONTENT);
  assert.equal(outbox.state, ACCEPTED);
  assert.equal(sessionStorage.length, 0);
  assert.notEqual(outbox.send(QUESTION).client_message_id, command.client_message_id);
});

test("A second try that is being prepared is over if the first one turns out to be stored", () => {
  const { outbox, command } = failed();
  outbox.prepare(CONTENT, null);
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, ACCEPTED);
  assert.equal(load().state, DRAFT);
});

test("Another question that is being prepared goes on if the failed one turns out to be stored", () => {
  const { outbox, command } = failed();
  connection.sent = [];
  outbox.prepare(OTHER, null);
  outbox.stop("");
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, PREPARING);
  assert.deepEqual(connection.sent, []);
  assert.notEqual(outbox.send(QUESTION).client_message_id, command.client_message_id);
});

test("A question whose branch's end can't be fetched is given back", () => {
  const outbox = load({ conversation: "7d2f" });
  outbox.prepare(CONTENT, "7d2f");
  assert.deepEqual(outbox.withdraw(), CONTENT);
  assert.equal(sessionStorage.length, 0);
});

test("A question that is being prepared when the page is left is prepared and sent by the next one", () => {
  load({ conversation: "7d2f" }).prepare(CONTENT, "7d2f");
  const outbox = load({ conversation: "7d2f" });
  const command = outbox.send({ conversation: "7d2f", previous: RESPONSE, content: outbox.content });
  assert.deepEqual(command.input[0].content, CONTENT);
  assert.deepEqual(connection.sent, [command]);
});

test("A question goes over each new socket under the same id until it is accepted", () => {
  const outbox = load();
  connection.isOpen = false;
  const command = outbox.send(QUESTION);
  assert.deepEqual(connection.sent, []);
  connection.isOpen = true;
  outbox.resend();
  outbox.resend();
  assert.deepEqual(connection.sent, [command, command]);
  outbox.accept(command.client_message_id, RESPONSE);
  outbox.resend();
  assert.equal(connection.sent.length, 2);
});

test("A reload sends a stored question under the same id", () => {
  const command = load().send(QUESTION);
  const outbox = load();
  outbox.resend();
  assert.deepEqual(connection.sent, [command]);
});

test("A person who signs in again finds their question on its way, and nobody else does", () => {
  const command = load().send(QUESTION);
  assert.equal(load({ person: "b2" }).state, DRAFT);
  assert.deepEqual(load().command, command);
});

test("A question is on its way on its own conversation's page alone", () => {
  const command = load({ conversation: "7d2f" }).send({ ...QUESTION, conversation: "7d2f" });
  assert.equal(load().state, DRAFT);
  assert.deepEqual(load({ conversation: "7d2f" }).command, command);
});

for (const state of [PREPARING, SENT]) {
  for (const isReloaded of [false, true]) {
    test(`Stopped while ${state}, an answer is stopped once it exists${isReloaded ? ", even after a reload" : ""}`, () => {
      let outbox = outboxThatIs(state);
      outbox.stop("");
      outbox.stop("");
      if (isReloaded) outbox = load();
      const { client_message_id } = state === SENT ? outbox.command : outbox.send(QUESTION);
      connection.sent = [];
      outbox.accept(client_message_id, RESPONSE);
      outbox.resend();
      assert.deepEqual(connection.sent, [CANCEL]);
    });
  }
}

test("The wish to stop ends with its question", () => {
  const outbox = load();
  const first = outbox.send(QUESTION);
  outbox.stop("");
  // The person has the words again, and what becomes of the first try is not what they wanted to stop.
  outbox.refuse(first.client_message_id, "server_error");
  outbox.accept(first.client_message_id, RESPONSE);
  const second = outbox.send({ ...QUESTION, content: OTHER });
  outbox.accept(second.client_message_id, RESPONSE);
  assert.deepEqual(connection.sent, [first, second]);
});

test("A running answer is stopped at once, or over the next socket", () => {
  const outbox = outboxThatIs(ACCEPTED);
  connection.sent = [];
  outbox.stop("e5f6");
  assert.deepEqual(connection.sent, [{ type: "response.cancel", response_id: "e5f6" }]);
  connection.isOpen = false;
  outbox.stop(RESPONSE);
  connection.isOpen = true;
  outbox.resend();
  outbox.resend();
  assert.deepEqual(connection.sent.slice(1), [CANCEL]);
});

for (const [name, storage] of [
  ["full", new TabStorage(0)],
  ["off", undefined],
]) {
  test(`Storage that is ${name} costs what a reload would have found, and nothing else`, () => {
    globalThis.sessionStorage = storage;
    for (const state of Object.keys(WAYS)) outboxThatIs(state);
    const outbox = outboxThatIs(SENT);
    outbox.resend();
    assert.deepEqual(connection.sent, [outbox.command, outbox.command]);
    outbox.accept(outbox.command.client_message_id, RESPONSE);
    assert.equal(outbox.state, ACCEPTED);
    assert.equal(load().state, DRAFT);
  });
}

test("Storage too full for a question keeps no older state of it, which would be asked as well", () => {
  const kept = JSON.stringify({ state: PREPARING, content: CONTENT, command: null, isStopWanted: false });
  globalThis.sessionStorage = new TabStorage(`outbox/${PERSON}/new${kept}`.length);
  const outbox = outboxThatIs(PREPARING);
  assert.equal(load().state, PREPARING);
  outbox.send(QUESTION);
  assert.equal(load().state, DRAFT);
});
