import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import "#support/modules.js";
import { TabStorage } from "#support/storage.js";

const { forgetTab, read, write } = await import("chat/lib/storage");

afterEach(() => {
  Reflect.deleteProperty(globalThis, "sessionStorage");
  Reflect.deleteProperty(globalThis, "localStorage");
});

test("A stored value is returned until it is removed", () => {
  globalThis.sessionStorage = new TabStorage();
  assert.equal(read("draft"), null);
  assert.equal(write("draft", { text: "High tide" }), true);
  assert.deepEqual(read("draft"), { text: "High tide" });
  assert.equal(write("draft", null), true);
  assert.equal(read("draft"), null);
});

test("Writing to full storage fails and keeps the old value", () => {
  globalThis.sessionStorage = new TabStorage(20);
  write("draft", "short");
  assert.equal(write("draft", "much longer than that"), false);
  assert.equal(read("draft"), "short");
});

test("A browser's storage is another one than a tab's", () => {
  globalThis.sessionStorage = new TabStorage();
  globalThis.localStorage = new TabStorage();
  write("declined", true, "localStorage");
  assert.equal(read("declined", "localStorage"), true);
  assert.equal(read("declined"), null);
});

test("A tab that forgets keeps nothing, and leaves the browser's storage as it is", () => {
  globalThis.sessionStorage = new TabStorage();
  globalThis.localStorage = new TabStorage();
  write("draft", "short");
  write("declined", true, "localStorage");
  forgetTab();
  assert.equal(read("draft"), null);
  assert.equal(read("declined", "localStorage"), true);
});

test("Disabled storage keeps nothing and throws nothing", () => {
  assert.equal(write("draft", "short"), false);
  assert.equal(read("draft"), null);
  forgetTab();
  assert.equal(write("declined", true, "localStorage"), false);
  assert.equal(read("declined", "localStorage"), null);
});

test("A value that isn't JSON is read as null", () => {
  globalThis.sessionStorage = new TabStorage();
  sessionStorage.setItem("draft", "{");
  assert.equal(read("draft"), null);
});
