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

/** Return the outbox of a page that has just been loaded. Only the storage survives a load. */
function load({ person = PERSON, conversation = null } = {}) {
  connection = new Connection();
  return new Outbox(connection, person, conversation);
}

/** @type {Record<string, (outbox: any) => any>} brings a new outbox into a state */
const INTO = {
  [DRAFT]: () => {},
  [PREPARING]: (outbox) => outbox.prepare(CONTENT, null),
  [SENT]: (outbox) => outbox.send(QUESTION),
  [ACCEPTED]: (outbox) => outbox.accept(outbox.send(QUESTION).client_message_id, RESPONSE),
  [REFUSED]: (outbox) => outbox.refuse(outbox.send(QUESTION).client_message_id, "server_error"),
};

/** @param {string} state */
function outboxThatIs(state) {
  const outbox = load();
  INTO[state](outbox);
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

/** The state to which each step leads; null if the step isn't allowed. */
const EXPECTED = {
  [DRAFT]: { prepare: PREPARING, send: SENT, withdraw: null, accept: null, refuse: null },
  [PREPARING]: { prepare: null, send: SENT, withdraw: REFUSED, accept: null, refuse: null },
  [SENT]: { prepare: null, send: null, withdraw: null, accept: ACCEPTED, refuse: REFUSED },
  [ACCEPTED]: { prepare: PREPARING, send: SENT, withdraw: null, accept: null, refuse: null },
  [REFUSED]: { prepare: PREPARING, send: SENT, withdraw: null, accept: ACCEPTED, refuse: null },
};

test("Every state and every transition is tested below", () => {
  const states = new Set(Object.values(TRANSITIONS).flatMap(({ from, to }) => [...from, to]));
  assert.deepEqual([...states].sort(), Object.keys(EXPECTED).sort());
  assert.deepEqual(Object.keys(TRANSITIONS).sort(), Object.keys(STEPS).sort());
});

for (const [state, outcomes] of Object.entries(EXPECTED)) {
  for (const [step, next] of Object.entries(outcomes)) {
    const isFromServer = step === "accept" || step === "refuse";
    const outcome = next ? `makes it ${next}` : isFromServer ? "is ignored" : "throws";
    test(`While the message is in state ${state}, ${step} ${outcome}`, () => {
      const outbox = outboxThatIs(state);
      if (next || isFromServer) STEPS[step](outbox);
      else assert.throws(() => STEPS[step](outbox), new RegExp(`no ${step} for a message that is ${state}`));
      assert.equal(outbox.state, next ?? state);
    });
  }

  test(`A reload ${state === ACCEPTED ? "forgets a message that was" : "restores a message that is"} ${state}`, () => {
    const before = outboxThatIs(state);
    const outbox = load();
    assert.equal(outbox.state, state === ACCEPTED ? DRAFT : state);
    assert.deepEqual(outbox.command, before.command);
    assert.deepEqual(outbox.content, before.content);
    assert.equal(sessionStorage.length, state === DRAFT || state === ACCEPTED ? 0 : 1);
  });

  test(`The outbox ${state === PREPARING || state === SENT ? "is" : "isn't"} busy while the message is in state ${state}`, () => {
    assert.equal(outboxThatIs(state).isBusy, state === PREPARING || state === SENT);
  });

  test(`A new socket ${state === SENT ? "resends" : "doesn't resend"} a message in state ${state}`, () => {
    const outbox = outboxThatIs(state);
    connection.sent = [];
    outbox.resend();
    assert.deepEqual(connection.sent, state === SENT ? [outbox.command] : []);
  });
}

test("Each message is sent as the protocol's command with a new id", () => {
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

test("Only the first message of a temporary conversation is marked as temporary", () => {
  const outbox = load();
  const command = outbox.send({ ...QUESTION, isTemporary: true });
  assert.equal(command.temporary, true);
  outbox.accept(command.client_message_id, RESPONSE);
  assert.equal("temporary" in outbox.send({ ...QUESTION, isTemporary: false }), false);
});

test("A second acceptance of a message is ignored", () => {
  const outbox = load();
  const command = outbox.send(QUESTION);
  outbox.stop("");
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, ACCEPTED);
  assert.deepEqual(connection.sent, [command, CANCEL]);
});

test("Messages about another message are ignored", () => {
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

test("A refused message is returned, and gets a new id if it is sent again", () => {
  const outbox = load();
  const { client_message_id } = outbox.send(QUESTION);
  assert.deepEqual(outbox.refuse(client_message_id, "too_many_responses"), CONTENT);
  assert.equal(outbox.command, null);
  assert.equal(sessionStorage.length, 0);
  assert.notEqual(outbox.send(QUESTION).client_message_id, client_message_id);
});

/** Send a message that fails on the server. */
function failed() {
  const outbox = load();
  const command = outbox.send(QUESTION);
  assert.deepEqual(outbox.refuse(command.client_message_id, "server_error"), CONTENT);
  return { outbox, command };
}

test("A message that failed on the server keeps its id through all retries", () => {
  const { outbox, command } = failed();
  assert.deepEqual(outbox.send(QUESTION), command);
  outbox.refuse(command.client_message_id, "server_error");
  outbox.prepare(CONTENT, null);
  assert.deepEqual(outbox.send(QUESTION), command);
});

test("A message that failed on the server keeps its id after a reload", () => {
  const { command } = failed();
  assert.deepEqual(load().send(QUESTION), command);
});

for (const fields of [{ content: OTHER }, { previous: RESPONSE }, { conversation: "7d2f" }, { isTemporary: true }]) {
  test(`A message that differs from the failed one gets a new id: ${Object.keys(fields)}`, () => {
    const { outbox, command } = failed();
    const other = outbox.send({ ...QUESTION, ...fields });
    assert.notEqual(other.client_message_id, command.client_message_id);
    // The outbox has forgotten the failed one.
    assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
    assert.equal(outbox.state, SENT);
  });
}

test("A message that seemed to fail but was stored needs no retry", () => {
  const { outbox, command } = failed();
  assert.deepEqual(outbox.accept(command.client_message_id, RESPONSE), CONTENT);
  assert.equal(outbox.state, ACCEPTED);
  assert.equal(sessionStorage.length, 0);
  assert.notEqual(outbox.send(QUESTION).client_message_id, command.client_message_id);
});

test("A retry that is being prepared ends if the first attempt turns out to be stored", () => {
  const { outbox, command } = failed();
  outbox.prepare(CONTENT, null);
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, ACCEPTED);
  assert.equal(load().state, DRAFT);
});

test("A different message continues if the failed one turns out to be stored", () => {
  const { outbox, command } = failed();
  connection.sent = [];
  outbox.prepare(OTHER, null);
  outbox.stop("");
  assert.equal(outbox.accept(command.client_message_id, RESPONSE), null);
  assert.equal(outbox.state, PREPARING);
  assert.deepEqual(connection.sent, []);
  assert.notEqual(outbox.send(QUESTION).client_message_id, command.client_message_id);
});

test("A message is returned if the end of its branch can't be fetched", () => {
  const outbox = load({ conversation: "7d2f" });
  outbox.prepare(CONTENT, "7d2f");
  assert.deepEqual(outbox.withdraw(), { id: "", content: CONTENT });
  assert.equal(sessionStorage.length, 0);
});

test("A message that is being prepared when the page is left is sent by the next page", () => {
  load({ conversation: "7d2f" }).prepare(CONTENT, "7d2f");
  const outbox = load({ conversation: "7d2f" });
  const command = outbox.send({ conversation: "7d2f", previous: RESPONSE, content: outbox.content });
  assert.deepEqual(command.input[0].content, CONTENT);
  assert.deepEqual(connection.sent, [command]);
});

test("A message that has an id already is sent under it, also after a reload, or given back with it", () => {
  load({ conversation: "7d2f" }).prepare(CONTENT, "7d2f", "e5f6");
  const outbox = load({ conversation: "7d2f" });
  const command = outbox.send({ conversation: "7d2f", previous: RESPONSE, content: outbox.content });
  assert.equal(command.client_message_id, "e5f6");
  outbox.accept("e5f6", RESPONSE);
  outbox.prepare(OTHER, "7d2f", "a7b8");
  assert.deepEqual(outbox.withdraw(), { id: "a7b8", content: OTHER });
  assert.notEqual(outbox.send({ ...QUESTION, content: OTHER }).client_message_id, "a7b8");
});

test("A message is sent over each new socket with the same id until it is accepted", () => {
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

test("A message is sent with the same id after a reload", () => {
  const command = load().send(QUESTION);
  const outbox = load();
  outbox.resend();
  assert.deepEqual(connection.sent, [command]);
});

test("A message on its way is restored for the person who sent it, and for nobody else", () => {
  const command = load().send(QUESTION);
  assert.equal(load({ person: "b2" }).state, DRAFT);
  assert.deepEqual(load().command, command);
});

test("A message on its way is restored only on its conversation's page", () => {
  const command = load({ conversation: "7d2f" }).send({ ...QUESTION, conversation: "7d2f" });
  assert.equal(load().state, DRAFT);
  assert.deepEqual(load({ conversation: "7d2f" }).command, command);
});

for (const state of [PREPARING, SENT]) {
  for (const isReloaded of [false, true]) {
    const when = isReloaded ? ", even after a reload" : "";
    test(`A message stopped while ${state} cancels its answer once accepted${when}`, () => {
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

test("A request to stop doesn't apply to the next message", () => {
  const outbox = load();
  const first = outbox.send(QUESTION);
  outbox.stop("");
  // The person has the message back, so the request to stop is over, even if the first attempt was stored.
  outbox.refuse(first.client_message_id, "server_error");
  outbox.accept(first.client_message_id, RESPONSE);
  const second = outbox.send({ ...QUESTION, content: OTHER });
  outbox.accept(second.client_message_id, RESPONSE);
  assert.deepEqual(connection.sent, [first, second]);
});

test("A running answer is stopped immediately, or over the next socket", () => {
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
  ["disabled", undefined],
]) {
  test(`With storage that is ${name}, everything works except restoring after a reload`, () => {
    globalThis.sessionStorage = storage;
    for (const state of Object.keys(INTO)) outboxThatIs(state);
    const outbox = outboxThatIs(SENT);
    outbox.resend();
    assert.deepEqual(connection.sent, [outbox.command, outbox.command]);
    outbox.accept(outbox.command.client_message_id, RESPONSE);
    assert.equal(outbox.state, ACCEPTED);
    assert.equal(load().state, DRAFT);
  });
}

test("A message that doesn't fit into the storage leaves no older state, which would be sent as well", () => {
  const kept = JSON.stringify({ state: PREPARING, content: CONTENT, id: "", command: null, isStopWanted: false });
  globalThis.sessionStorage = new TabStorage(`outbox/${PERSON}/new${kept}`.length);
  const outbox = outboxThatIs(PREPARING);
  assert.equal(load().state, PREPARING);
  outbox.send(QUESTION);
  assert.equal(load().state, DRAFT);
});
