import assert from "node:assert/strict";
import { test } from "node:test";

import "#support/modules.js";

const { Choice, grouped, search } = await import("chat/message/choice");

const pilot = { id: "a1", name: "Pilot", description: "Knows the tides", efforts: ["low", "high"] };
const plain = { id: "m1", name: "Plain", provider: "p", provider_name: "OpenAI", model: "plain" };
const thinker = {
  id: "m2",
  name: "Thinker",
  provider: "p",
  model: "thinker",
  efforts: ["low", "high"],
  takes_verbosity: true,
};
const tooled = {
  id: "m3",
  name: "Tooled",
  provider: "p",
  model: "tooled",
  tools: ["calculate", "current_time", "web_search"],
  tools_on: ["current_time"],
};
const offer = {
  assistants: [pilot],
  models: [plain, thinker],
  favorites: ["m2"],
  recent: ["m2", "a1", "gone"],
  default: { id: "m1", name: "Plain" },
  tools: { web_search: "Web search" },
};
const before = { assistant: "", name: "", provider: "p", model: "thinker", effort: "high", verbosity: "low" };

test("the default answers a first message, and nothing is wished for", () => {
  const choice = new Choice(offer);
  assert.equal(choice.target, plain);
  assert.deepEqual(choice.wish, {});
});

test("what answered before goes on, with its levels, without being named", () => {
  const choice = new Choice(offer, {}, before);
  assert.deepEqual([choice.target, choice.effort, choice.verbosity], [thinker, "high", "low"]);
  assert.deepEqual(choice.wish, {});
});

test("what answered a message answers it again, whatever comes before it in the conversation", () => {
  const { wish } = new Choice(offer, { target: "m2", effort: "high", verbosity: "low" });
  assert.deepEqual(new Choice(offer).again(before), wish);
  assert.deepEqual(new Choice(offer, {}, before).again({ ...before, assistant: "a1" }), {
    assistant: "a1",
    effort: "high",
  });
});

test("collections are searched as the target has them, or as they are switched, for this message and the next ones", () => {
  const collections = { c1: "Harbour", c2: "Lights" };
  const keeper = { id: "a2", name: "Keeper", takes_knowledge: true, collections: ["c1", "gone"] };
  const knowing = { ...offer, assistants: [keeper], collections, default: keeper };
  const choice = new Choice(knowing);
  assert.deepEqual([choice.offered, choice.collections, choice.wish], [["c1", "c2"], ["c1"], {}]);
  choice.chosen = { collections: ["c2"] };
  assert.deepEqual(choice.wish, { assistant: "a2", collections: { c1: false, c2: true } });
  const by = { ...before, assistant: "a2", collections: ["c2", "gone"] };
  assert.deepEqual(new Choice(knowing, {}, by).wish, { collections: { c1: false, c2: true } });
  assert.deepEqual(new Choice(knowing).again(by).collections, { c1: false, c2: true });
});

test("no collection is offered to a model that can't search", () => {
  const choice = new Choice({ ...offer, collections: { c1: "Harbour" } }, { collections: ["c1"] });
  assert.deepEqual([choice.offered, choice.collections], [[], []]);
  assert.ok(!("collections" in choice.wish));
});

test("a message is answered again with the tools that were on", () => {
  const choice = new Choice({ ...offer, models: [tooled] });
  const by = { ...before, model: "tooled", effort: "", verbosity: "", tools: ["calculate", "current_time"] };
  assert.deepEqual(choice.again(by), { model: "m3", tools: { calculate: true } });
  assert.deepEqual(choice.again({ ...by, tools: undefined }), { model: "m3" });
});

test("a message is answered again by what was chosen since, or if nothing is known of it, by the default", () => {
  assert.deepEqual(new Choice(offer, { target: "a1" }).again(before), { assistant: "a1" });
  assert.deepEqual(new Choice(offer).again({ ...before, provider: "", model: "" }), {});
});

test("a model that is no longer offered gives way to the default", () => {
  assert.equal(new Choice(offer, {}, { ...before, model: "retired" }).target, plain);
});

test("an assistant is named as one, a model as one", () => {
  assert.deepEqual(new Choice(offer, { target: "a1" }).wish, { assistant: "a1" });
  assert.deepEqual(new Choice(offer, { target: "m1" }).wish, { model: "m1" });
});

test("another target doesn't get the levels of the one before", () => {
  assert.deepEqual(new Choice(offer, { target: "a1" }, before).wish, { assistant: "a1" });
});

test("a level that is given up is not continued", () => {
  const choice = new Choice(offer, { target: "m2", effort: "", verbosity: "low" }, before);
  assert.deepEqual(choice.wish, { model: "m2", verbosity: "low" });
});

test("only levels that the target takes are wished for", () => {
  assert.deepEqual(new Choice(offer, { target: "m1", effort: "high", verbosity: "low" }).wish, { model: "m1" });
});

test("the first of those that are compared is asked, with the others beside it", () => {
  const compared = [{ target: "m2", effort: "high" }, { target: "a1" }, { target: "gone" }];
  const choice = new Choice(offer, { compared }, before);
  assert.deepEqual(choice.wish, { model: "m2", effort: "high", compare: [{ assistant: "a1" }] });
  assert.equal(choice.target, thinker);
  assert.deepEqual(new Choice(offer, { compared: compared.slice(1) }).compared, []);
});

test("those that are compared get only efforts that they take", () => {
  const compared = ["m1", "m2"].map((target) => ({ target, effort: "high" }));
  const { wish } = new Choice(offer, { compared });
  assert.deepEqual(wish, { model: "m1", compare: [{ model: "m2", effort: "high" }] });
});

test("a model of the settings that has no row is shown by its name", () => {
  const choice = new Choice({ ...offer, default: { id: "", name: "standin" } });
  assert.equal(choice.target.name, "standin");
  assert.deepEqual(choice.wish, {});
});

test("each target stands in one group", () => {
  const { favorites, recent, assistants, models } = grouped(offer);
  assert.deepEqual([favorites, recent, assistants, models], [[thinker], [pilot], [], [plain]]);
});

test("names, descriptions and providers are searched, without regard to accents", () => {
  const names = (/** @type {string} */ words) => search(offer, words).map(({ name }) => name);
  assert.deepEqual(names("tídes"), ["Pilot"]);
  assert.deepEqual(names("openai PL"), ["Plain"]);
  assert.deepEqual(names("nothing"), []);
});

const withTools = { ...offer, models: [plain, tooled] };

test("tools are on as the target has them, until they are switched", () => {
  const choice = new Choice(withTools, { target: "m3" });
  assert.deepEqual(choice.tools, ["current_time"]);
  assert.deepEqual(choice.wish, { model: "m3" });
  choice.chosen = { target: "m3", tools: ["calculate", "gone"] };
  assert.deepEqual(choice.tools, ["calculate"]);
  assert.deepEqual(choice.wish, { model: "m3", tools: { calculate: true, current_time: false } });
});

test("tools that were on before stay on, and are wished for although nothing new is chosen", () => {
  const used = { ...before, model: "tooled", effort: "", verbosity: "", tools: ["web_search", "current_time"] };
  const choice = new Choice(withTools, {}, used);
  assert.deepEqual(choice.tools, ["current_time", "web_search"]);
  assert.deepEqual(choice.wish, { tools: { web_search: true } });
  choice.before = { ...used, tools: [] };
  assert.deepEqual(choice.wish, { tools: { current_time: false } });
  choice.before = { ...used, tools: undefined };
  assert.deepEqual([choice.tools, choice.wish], [["current_time"], {}]);
});

test("another target has its own tools, and those that are compared aren't switched", () => {
  const used = { ...before, model: "tooled", tools: ["web_search"] };
  assert.deepEqual(new Choice(withTools, { target: "m1" }, used).tools, []);
  assert.equal(
    new Choice(withTools, { compared: [{ target: "m3" }, { target: "m1" }], tools: [] }, used).wish.tools,
    undefined,
  );
});
