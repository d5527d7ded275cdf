/**
 * A structured answer as people read it: a form, or a table, or the JSON itself; copied and taken out.
 *
 * This script is loaded when there is one. It must share nothing with the page's own that keeps a state or defines an
 * element: each has its own copy.
 */

import { toCsv } from "chat/answer/structured/csv";
import { indented } from "chat/answer/structured/indented";
import { PartialJson } from "chat/answer/structured/partial-json";
import { showProblems } from "chat/answer/structured/problems";
import { Described, isObject } from "chat/answer/structured/schema";
import { StructuredTable } from "chat/answer/structured/table";
import { shown } from "chat/answer/structured/values";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";

/**
 * @typedef {import("chat/live/protocol").FormatProblem} FormatProblem
 * @typedef {import("chat/live/protocol").TextFormat} TextFormat
 */

/** How often a growing answer is drawn, in milliseconds. */
const DRAW_EVERY_MS = 150;
/** How much JSON is shown. Copies have all. */
const MAX_SHOWN_CHARACTERS = 300_000;
const NOTE_MS = 2000;
const BYTE_ORDER_MARK = "\ufeff";

/**
 * What `structured-text` shows when it has been loaded.
 *
 * Events for the page, which bubble: `copy-text` and `announce`, whose detail is the text, and `unreadable` if the
 * answer is no JSON at all.
 */
export class StructuredView extends HTMLElement {
  #json = new PartialJson();
  #text = "";
  #isOver = false;
  #isCut = false;
  /** @type {FormatProblem[]} */
  #problems = [];
  #drawTimer = 0;
  #noteTimer = 0;
  /** @type {import("chat/answer/structured/values").Shown} */
  #shown;
  #name;

  /** @param {TextFormat | undefined} format */
  constructor(format) {
    super();
    this.#name = format?.name ?? "";
    this.#shown = shown(new Described(isObject(format?.schema) ? format.schema : {}), gettext("Entries"));
  }

  connectedCallback() {
    if (!this.firstElementChild) {
      this.append(fromTemplate("#structured-view-template", HTMLElement));
      find(this, ".shown", HTMLElement).append(this.#shown.element);
      this.addEventListener("click", this);
      this.addEventListener("take", this);
    }
    this.#draw();
  }

  disconnectedCallback() {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = 0;
  }

  /** Show more of the answer. @param {string} delta */
  write(delta) {
    this.#text += delta;
    this.#json.write(delta);
    if (this.isConnected) this.#drawTimer ||= setTimeout(() => this.#draw(), DRAW_EVERY_MS);
  }

  /** Show that nothing more comes, and what is wrong with it. @param {FormatProblem[]} problems */
  end(problems) {
    this.#json.end();
    this.#isOver = true;
    this.#isCut = problems.some(({ code }) => code === "cut") || !this.#json.isComplete;
    this.#problems = problems;
    if (this.isConnected) this.#draw();
  }

  /** Say for a moment what has been done. @param {string} text */
  note(text) {
    const note = find(this, ".structured-note", HTMLElement);
    note.textContent = text;
    clearTimeout(this.#noteTimer);
    this.#noteTimer = setTimeout(() => note.replaceChildren(), NOTE_MS);
  }

  /** @param {Event} event */
  handleEvent(event) {
    const { target } = event;
    if (event instanceof CustomEvent && target instanceof StructuredTable) {
      this.#take("csv", event.detail, target.csv, target.label);
      return;
    }
    const button = target instanceof Element ? target.closest(".structured-tools button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    const { take, format } = button.dataset;
    if (!take) this.#showJson(button.ariaPressed !== "true");
    else if (format === "json") this.#take("json", take, `${indented(this.#jsonText)}\n`);
    else this.#take("csv", take, toCsv([this.#json.value], []));
  }

  #draw() {
    clearTimeout(this.#drawTimer);
    this.#drawTimer = 0;
    const { value } = this.#json;
    if (typeof value === "object" && value !== null) this.#shown.update(value);
    else if (this.#isOver || this.#json.isFailed) {
      this.dispatchEvent(new CustomEvent("unreadable", { bubbles: true }));
      return;
    }
    showProblems(find(this, ".misfit", HTMLElement), this.#problems);
    const hasTable = this.querySelector("structured-table") !== null;
    find(this, ".structured-tools", HTMLElement).hidden = !this.#isOver || value === undefined;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (
      this.querySelectorAll(".structured-tools [data-take]")
    )) {
      // What was cut is no JSON, and must not pass for any.
      button.hidden = button.dataset.format === "json" ? this.#isCut : hasTable || !isObject(value);
    }
    this.toggleAttribute("data-over", this.#isOver);
    if (this.#jsonIsShown) this.#showJson(true);
  }

  /** @param {boolean} isShown */
  #showJson(isShown) {
    find(this, ".as-json", HTMLButtonElement).ariaPressed = String(isShown);
    find(this, ".shown", HTMLElement).hidden = isShown;
    const block = find(this, ".json", HTMLElement);
    block.hidden = !isShown;
    const text = isShown ? indented(this.#jsonText.slice(0, MAX_SHOWN_CHARACTERS)) : "";
    const code = find(block, "code", HTMLElement);
    code.textContent = text + (isShown && this.#jsonText.length > MAX_SHOWN_CHARACTERS ? "\n…" : "");
  }

  get #jsonIsShown() {
    return find(this, ".as-json", HTMLButtonElement).ariaPressed === "true";
  }

  /** The answer without a code fence. */
  get #jsonText() {
    return this.#text.replace(/^\s*```[^\n]*\n/, "").replace(/\n?```\s*$/, "");
  }

  /**
   * @param {"json" | "csv"} format
   * @param {string} how
   * @param {string} text
   * @param {string} [part] of the answer
   */
  #take(format, how, text, part = "") {
    if (how === "copy") {
      this.dispatchEvent(new CustomEvent("copy-text", { detail: text, bubbles: true }));
      return;
    }
    const type = format === "json" ? "application/json" : "text/csv";
    // Spreadsheets take a file without the mark for one in an older encoding.
    const blob = new Blob([format === "csv" ? BYTE_ORDER_MARK + text : text], { type: `${type};charset=utf-8` });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    const names = [this.#name || gettext("answer"), part, this.#isCut ? gettext("incomplete") : ""];
    link.download = `${fileName(names)}.${format}`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}

/** @param {string[]} names */
function fileName(names) {
  const name = names.filter(Boolean).join("-");
  return name
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, "-")
    .replaceAll(/^-|-$/g, "")
    .slice(0, 80);
}

customElements.define("structured-view", StructuredView);
