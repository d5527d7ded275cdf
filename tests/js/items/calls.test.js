import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

Object.assign(globalThis, { document: { documentElement: { lang: "en" }, querySelector: () => null } });

const { noteOfCall, outputOfCall, stateOfCall, withTold } = await import("chat/items/calls");
const { describe } = await import("chat/items/describe");

const CALL = {
  id: "5b0e",
  response_id: "c3d4",
  call_id: "call_A",
  place: 0,
  tool: "get_tide",
  title: "Tides",
  status: "done",
  arguments: '{"port": "Brest"}',
  output: "1.8 m",
  decision: null,
  note: "",
  created_at: 1,
  started_at: 2,
  ended_at: 3.25,
};
const ITEM = { type: "function_call", name: "get_tide", arguments: CALL.arguments, status: "completed" };

test("A call says how it stands, and how long it took", () => {
  assert.deepEqual(stateOfCall(CALL), { state: "done", stateText: "Done · 1.3 sec" });
  assert.deepEqual(stateOfCall({ ...CALL, ended_at: 2.01 }), { state: "done", stateText: "Done" });
  assert.deepEqual(stateOfCall({ ...CALL, status: "requested", ended_at: null }), {
    state: "running",
    stateText: "Running…",
  });
  assert.equal(stateOfCall({ ...CALL, status: "waiting", ended_at: null }).state, "waiting");
  assert.equal(stateOfCall({ ...CALL, status: "tomorrow", ended_at: null }).stateText, "tomorrow");
});

test("What a response says of its calls takes back nothing that its step said", () => {
  const statuses = [["waiting"], ["requested"], ["running"], ["done", "failed", "refused", "interrupted", "cancelled"]];
  const calls = statuses.map((each) => each.map((status) => ({ ...CALL, status })));
  for (const [at, later] of calls.entries()) {
    for (const known of later.map((call) => new Map([[0, call]]))) {
      for (const earlier of calls.slice(0, at).flat()) assert.deepEqual(withTold(known, [earlier]), known);
      for (const newer of calls.slice(at).flat()) assert.deepEqual(withTold(known, [newer]), new Map([[0, newer]]));
      assert.deepEqual(withTold(known, []), known);
    }
  }
  const other = { ...CALL, place: 1 };
  assert.deepEqual([...withTold(new Map([[0, CALL]]), [other]).values()], [CALL, other]);
});

test("A provider that was allowed to call a tool isn't said to have called it", () => {
  const item = { type: "mcp_approval_request", server_label: "tracker", name: "get_tide", arguments: CALL.arguments };
  const found = (/** @type {string} */ status) => describe(item, { call: { ...CALL, status } })?.stateText;
  assert.equal(found("done"), "Allowed");
  assert.equal(found("refused"), "Not allowed · 1.3 sec");
});

test("What a person told the model is shown, whoever runs the tool", () => {
  const item = { type: "mcp_approval_request", server_label: "tracker", name: "get_tide", arguments: CALL.arguments };
  const call = { ...CALL, status: "refused", decision: "no", note: "Not on Sundays." };
  const notes = [item, ITEM].map((each) => describe(each, { call })?.blocks.find(({ name }) => name === "note"));
  assert.deepEqual(
    notes.map((block) => block?.content),
    ["Not on Sundays.", "Not on Sundays."],
  );
});

test("A call that the provider ran is read like one of ours", () => {
  const blocks = (/** @type {any} */ output) =>
    describe({ type: "mcp_call", server_label: "tracker", name: "find", arguments: '{"n": 4}', output })?.blocks.map(
      ({ format, content, label }) => [format, content, label],
    );
  const given = ["values", '{"n":4}', "Arguments"];
  assert.deepEqual(blocks('{"issues": [{"id": 1152921504606846976, "title": "Tide"}], "next": null}'), [
    given,
    ["values", '{"issues":[{"id":"1152921504606846976","title":"Tide"}],"next":null}', "Result"],
  ]);
  assert.deepEqual(blocks("Two of them."), [given, ["text", "Two of them.", "Result"]]);
  assert.deepEqual(blocks(null), [given]);
});

test("Arguments stand in one line beside the title, whatever they are", () => {
  const note = (/** @type {string} */ written) => noteOfCall({ ...CALL, arguments: written });
  assert.equal(note('{"port": "Brest", "day": null, "hours": [1, 2]}'), "Brest · [1,2]");
  assert.equal(note('{"port": '), '{"port": ');
  assert.equal(note("7"), "7");
  assert.equal(note(JSON.stringify({ text: "a".repeat(500) })).length, 121);
});

test("An item is described by its call: what it was given, and what came of it", () => {
  const found = describe(ITEM, { isOver: true, call: CALL });
  assert.equal(found?.title, "Tides");
  assert.equal(found?.note, "Brest");
  assert.deepEqual(
    found?.blocks.map(({ format, content }) => [format, content]),
    [
      ["values", '{"port":"Brest"}'],
      ["text", "1.8 m"],
    ],
  );
});

test("Numbers are shown as they are sent, however large", () => {
  const written =
    '{"id": 1234567890123456789, "of": ["1234567890123456789\\\\", -12345678901234567890], "at": 1e999, "is": 0.5}';
  const exact =
    '{"id":"1234567890123456789","of":["1234567890123456789\\\\","-12345678901234567890"],"at":"1e999","is":0.5}';
  const call = { ...CALL, arguments: written, output: "9007199254740993" };
  assert.match(noteOfCall(call), /^1234567890123456789 · /);
  const found = describe({ ...ITEM, arguments: written }, { isOver: true, call });
  assert.deepEqual(
    found?.blocks.map(({ content }) => content),
    [exact, "9007199254740993"],
  );
  assert.equal(noteOfCall({ ...CALL, arguments: '{"id": 01234567890123456789}' }), '{"id": 01234567890123456789}');
});

test("Arguments that are made to take long don't", () => {
  const quotes = 400_000;
  for (const written of ['"'.concat('\\"'.repeat(quotes)), JSON.stringify({ id: 2 ** 60, text: '"'.repeat(quotes) })])
    assert.equal(noteOfCall({ ...CALL, arguments: written }).length, 121);
});

test("A handoff says who took over, and why", () => {
  const call = { ...CALL, tool: "transfer_to_billing", arguments: '{"reason": "An invoice."}', handoff: "Billing" };
  const found = describe(ITEM, { isOver: true, call });
  assert.deepEqual(
    [found?.title, found?.note, found?.state, found?.stateText],
    ["Billing took over", "An invoice.", "handoff", ""],
  );
  const refused = describe(ITEM, { isOver: true, call: { ...call, status: "failed", handoff: "" } });
  assert.deepEqual([refused?.title, refused?.state], ["Handoff that didn't happen", "failed"]);
});

test("What was remembered is said whole", () => {
  const text = "a".repeat(500);
  const call = { ...CALL, tool: "remember", title: "Remembered", memory: { id: "8d2a", text } };
  const found = describe(ITEM, { isOver: true, call });
  assert.deepEqual([found?.title, found?.note, found?.state], ["Remembered", text, "memory"]);
});

test("A call runs although the response that asked for it has ended", () => {
  const running = { ...CALL, status: "running", output: null, ended_at: null };
  assert.equal(describe(ITEM, { isOver: true, call: running })?.state, "running");
});

test("What a tool put out is data: an image of another site isn't loaded", () => {
  const parts = [
    { type: "input_text", text: '[{"day": "Monday", "height": 5.2}]' },
    { type: "input_text", text: "<b>bold</b>" },
    { type: "input_image", image_url: "https://example.org/spy.png" },
    { type: "input_image", image_url: "data:image/png;base64,AAAA" },
    { type: "input_image", file_id: "../../sign-out" },
    { type: "input_image", file_id: "0b9c8f5e-0000-4000-8000-000000000000" },
    null,
    7,
  ];
  const blocks = outputOfCall({ ...CALL, output: /** @type {any} */ (parts), note: "Never." });
  assert.deepEqual(
    blocks.filter(({ content }) => content).map(({ format, content }) => [format, content]),
    [
      ["text", "Never."],
      ["values", '[{"day":"Monday","height":5.2}]'],
      ["text", "<b>bold</b>"],
      ["image", "data:image/png;base64,AAAA"],
      ["image", "/attachments/0b9c8f5e-0000-4000-8000-000000000000/"],
    ],
  );
});

test("Results without content, or that aren't JSON, are shown as they are", () => {
  const shown = (/** @type {any} */ output) =>
    outputOfCall({ ...CALL, output })
      .filter(({ content }) => content)
      .map(({ format, content }) => [format, content]);
  assert.deepEqual(shown(null), []);
  assert.deepEqual(shown("{}"), []);
  assert.deepEqual(shown("[]"), []);
  assert.deepEqual(shown("[1, 2]"), [["code", "[\n  1,\n  2\n]"]]);
  assert.deepEqual(shown('{"cut": "by the'), [["text", '{"cut": "by the']]);
  assert.deepEqual(shown("412"), [["code", "412"]]);
});
