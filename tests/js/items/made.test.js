import assert from "node:assert/strict";
import { test } from "node:test";
import "#support/modules.js";

const { filesOf, fileUrl } = await import("chat/items/made");
const { describe } = await import("chat/items/describe");

const ID = "0b6f3f6e-91e4-4f0e-8b0c-6f4f0f6c2a11";
const OTHER = ID.replace("0", "f");
const ERROR = { code: "not_kept", message: "This file could not be kept." };
const PROGRAM = {
  type: "code_interpreter_call",
  status: "completed",
  outputs: [
    { type: "logs", logs: "4 ports" },
    { type: "image", file_id: ID, filename: "image.png", bytes: 1200, width: 640, height: 360 },
    { type: "image", filename: "image.png", error: ERROR },
    { type: "image", url: "https://files.example/plot" },
  ],
  files: [{ file_id: OTHER, filename: "tides.csv", bytes: 70 }],
};

test("Files are what programs made and texts cite, those that are lost among them", () => {
  const citation = { type: "container_file_citation", file_id: OTHER, filename: "tides.csv", bytes: 70 };
  const image = { id: ID, name: "image.png", bytes: 1200, width: 640, height: 360, isDeleted: false };
  const table = { id: OTHER, name: "tides.csv", bytes: 70, width: 0, height: 0, isDeleted: false };
  const lost = { id: "", name: "image.png", bytes: 0, width: 0, height: 0, isDeleted: false };
  assert.deepEqual(filesOf([PROGRAM], [citation]), [image, lost, table, table]);
});

test("What isn't a file of this site is none, whatever it says", () => {
  const strange = [null, 1, {}, { file_id: "cfile_9" }, { file_id: `${ID}/../..` }, { file_id: [ID] }];
  const items = [
    { type: "code_interpreter_call", outputs: strange, files: strange },
    { type: "code_interpreter_call" },
  ];
  const cited = strange.map((entry) => ({ type: "container_file_citation", ...(entry ?? {}) }));
  assert.deepEqual(filesOf(/** @type {any} */ (items), [...cited, { type: "url_citation", file_id: ID }]), []);
  for (const id of [undefined, "", "cfile_9", `${ID}?`, [ID]]) assert.equal(fileUrl(id), "");
  assert.equal(fileUrl(ID), `/attachments/${ID}/`);
});

test("An item of a program shows its code, what it printed, and its images", () => {
  const { blocks } = describe({ ...PROGRAM, code: "plot()" }) ?? { blocks: [] };
  assert.deepEqual(
    blocks.map(({ name, content }) => [name, content]),
    [
      ["code", "plot()"],
      ["output", "4 ports"],
      ["image", `/attachments/${ID}/`],
      ["lost", "The image couldn't be kept."],
      ["image", "https://files.example/plot"],
    ],
  );
});
