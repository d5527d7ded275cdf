/**
 * The main paths of the page in a browser other than Chromium: `ENGINE` names it, `ADDRESS` a site on which ada has the
 * password `PASSWORD`. Started by tests/browser/test_other_browsers.py.
 */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { BROWSERS, until } from "#support/other-browsers.js";

const { ENGINE = "", ADDRESS = "", PASSWORD = "" } = process.env;
const LAST = "[...document.querySelectorAll('chat-response')].at(-1)";

/** @type {import("#support/other-browsers.js").Page} */
let page;

before(async () => {
  page = await BROWSERS[ENGINE]();
});
after(() => page?.close());

/** @param {string} text */
async function ask(text) {
  await page.click("#message");
  await page.type(text);
  assert.equal(await page.evaluate("document.querySelector('#message').value"), text);
  await page.press("Enter");
  await until(page, `${LAST}?.innerText.includes(${JSON.stringify(text)})`);
  await until(page, `${LAST}.dataset.status === "completed"`);
}

test("A person signs in", async () => {
  await page.goto(`${ADDRESS}/sign-in/`);
  await page.click("[name=username]");
  await page.type("ada");
  await page.click("[name=password]");
  await page.type(PASSWORD);
  await page.press("Enter");
  await until(page, "document.querySelector('chat-composer:defined')");
});

test("An answer with a table, code and a formula is drawn", async () => {
  await ask("How high is the tide?");
  await until(page, `${LAST}.querySelectorAll("td").length === 2`);
  await until(page, `${LAST}.querySelector(".katex-html")?.getBoundingClientRect().height > 0`);
  await until(page, `${LAST}.querySelector("code .hljs-string")`);
});

test("The conversation is listed, and the same after a reload", async () => {
  await until(page, "document.querySelector('conversation-list [aria-current=page]')");
  const url = await page.evaluate("location.href");
  await page.goto(url);
  await until(page, `${LAST}?.querySelectorAll("td").length === 2`);
  await until(page, `${LAST}.querySelector(".katex-html")?.getBoundingClientRect().height > 0`);
});

test("A message is edited, and its versions are kept", async () => {
  await page.evaluate(`${LAST}.querySelector(".edit").click()`);
  await until(page, "document.activeElement.matches('message-editor textarea')");
  await page.type(" In Brest?");
  await page.click("message-editor .save");
  await until(page, `${LAST}.innerText.includes("In Brest?") && ${LAST}.dataset.status === "completed"`);
  await until(page, `${LAST}.querySelector(".place").textContent.includes("2")`);
});

test("A new conversation begins, and the old one is found again", async () => {
  await page.click("conversation-list .new");
  await until(page, "!document.querySelector('chat-response')");
  await ask("And when?");
  await page.click("[data-shortcut=search]");
  await page.type("Brest");
  await until(
    page,
    "[...document.querySelectorAll('conversation-list .snippet')].some(({ innerText }) => innerText.includes('Brest'))",
  );
});
