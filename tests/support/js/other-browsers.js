/** Firefox and WebKit, each driven by its own protocol, with the few steps that the main paths need. */

import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";

import puppeteer from "puppeteer-core";
import { Builder, By, Key } from "selenium-webdriver";

/**
 * A page of a browser: `type` and `press` go to the element that has the focus, `evaluate` takes an expression.
 *
 * @typedef {object} Page
 * @property {(url: string) => Promise<unknown>} goto
 * @property {(selector: string) => Promise<unknown>} click
 * @property {(text: string) => Promise<unknown>} type
 * @property {(key: "Enter" | "Escape") => Promise<unknown>} press
 * @property {(expression: string) => Promise<any>} evaluate
 * @property {(path: string) => Promise<unknown>} screenshot
 * @property {() => Promise<unknown>} close
 */

const WEBKIT = "/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser";
const MAX_WAIT_MS = 60_000;
const POLL_MS = 100;

/** @type {Record<string, () => Promise<Page>>} */
export const BROWSERS = {
  /** Firefox, by WebDriver BiDi. */
  async firefox() {
    const browser = await puppeteer.launch({ browser: "firefox", executablePath: process.env.FIREFOX, headless: true });
    const page = await browser.newPage();
    return {
      goto: (url) => page.goto(url),
      click: (selector) => page.click(selector),
      type: (text) => page.keyboard.type(text),
      press: (key) => page.keyboard.press(key),
      evaluate: (expression) => page.evaluate(expression),
      screenshot: (path) => page.screenshot({ path }),
      close: () => browser.close(),
    };
  },

  /** WebKitGTK's MiniBrowser on a display of its own, by WebDriver. */
  async webkit() {
    const display = spawn("Xvfb", ["-displayfd", "3", "-screen", "0", "1280x900x24", "-nolisten", "tcp"], {
      stdio: ["ignore", "ignore", "ignore", "pipe"],
    });
    const number = String(await firstWords(display.stdio[3])).trim();
    const port = process.env.WEBDRIVER_PORT;
    const server = spawn("WebKitWebDriver", [`--port=${port}`], { env: { ...process.env, DISPLAY: `:${number}` } });
    const options = { binary: WEBKIT, args: ["--automation"] };
    const driver = await eventually(() =>
      new Builder()
        .usingServer(`http://127.0.0.1:${port}`)
        .withCapabilities({ browserName: "MiniBrowser", "webkitgtk:browserOptions": options })
        .build(),
    );
    return {
      goto: (url) => driver.get(url),
      click: (selector) => driver.findElement(By.css(selector)).click(),
      type: (text) => driver.actions().sendKeys(text).perform(),
      press: (key) => driver.actions().sendKeys(Key[key.toUpperCase()]).perform(),
      evaluate: (expression) => driver.executeScript(`return ${expression}`),
      screenshot: async (path) => writeFile(path, await driver.takeScreenshot(), "base64"),
      async close() {
        await driver.quit();
        server.kill();
        display.kill();
      },
    };
  },
};

/**
 * Wait until an expression is true in the page.
 *
 * @param {Page} page
 * @param {string} expression
 */
export async function until(page, expression) {
  const end = Date.now() + MAX_WAIT_MS;
  while (!(await page.evaluate(`Boolean(${expression})`))) {
    if (Date.now() > end)
      throw new Error(`never true: ${expression}: ${await page.evaluate("document.body.innerText")}`);
    await wait(POLL_MS);
  }
}

/** @param {any} stream */
const firstWords = (stream) => new Promise((resolve) => stream.once("data", resolve));

/**
 * Try until it succeeds: a server may not listen yet.
 *
 * @template T
 * @param {() => PromiseLike<T>} act
 * @returns {Promise<T>}
 */
async function eventually(act) {
  const end = Date.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(POLL_MS);
    }
  }
}
