import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import "#support/modules.js";
import { TabStorage } from "#support/storage.js";

const { read, write } = await import("chat/lib/storage");

afterEach(() => Reflect.deleteProperty(globalThis, "sessionStorage"));

test("A kept value is read back until it is removed", () => {
  globalThis.sessionStorage = new TabStorage();
  assert.equal(read("draft"), null);
  assert.equal(write("draft", { text: "High tide" }), true);
  assert.deepEqual(read("draft"), { text: "High tide" });
  assert.equal(write("draft", null), true);
  assert.equal(read("draft"), null);
});

test("Full storage says so and keeps what it has", () => {
  globalThis.sessionStorage = new TabStorage(20);
  write("draft", "short");
  assert.equal(write("draft", "much longer than that"), false);
  assert.equal(read("draft"), "short");
});

test("Storage that is switched off keeps nothing and breaks nothing", () => {
  assert.equal(write("draft", "short"), false);
  assert.equal(read("draft"), null);
});

test("A value that is no JSON counts as none", () => {
  globalThis.sessionStorage = new TabStorage();
  sessionStorage.setItem("draft", "{");
  assert.equal(read("draft"), null);
});
