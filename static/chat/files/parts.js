import { highlight } from "chat/markdown/render/highlight";

/** @typedef {import("chat/files/text").Passage} Passage */

/** Longer pieces of code, in characters, are not highlighted (chat/markdown/render/highlight). */
const CODE_CHARACTERS = 16_000;
/** More columns are hardly read, and cost a browser dearly. */
const MAX_COLUMNS = 100;

/** What the parts of a text have in common: each is a page, a slide, a sheet, or what has a heading of its own. */
class Part {
  element = document.createElement("section");
  #page;
  #label;

  /** @param {Passage} passage its first one */
  constructor({ page, label }) {
    this.#page = page;
    this.#label = label;
    if (page !== null) this.element.dataset.page = String(page);
  }

  /** Return whether a passage belongs to it. @param {Passage} passage */
  takes({ page, label }) {
    return page === this.#page && label === this.#label;
  }

  /** Finish it: nothing will be added. */
  close() {}
}

/** Text as it is: content, and never markup. */
export class TextPart extends Part {
  /** @param {Passage} passage */
  add({ number, text }) {
    const element = document.createElement("p");
    element.className = "passage";
    element.dataset.passage = String(number);
    element.textContent = text;
    this.element.append(element);
  }
}

/** Code, highlighted piece by piece. */
export class CodePart extends Part {
  #language;
  #code = document.createElement("code");

  /**
   * @param {Passage} passage
   * @param {string} language
   */
  constructor(passage, language) {
    super(passage);
    this.#language = language;
    this.element.className = "code-part code";
    this.element.dir = "ltr";
    const pre = document.createElement("pre");
    pre.append(this.#code);
    this.element.append(pre);
    this.#code.dataset.passage = String(passage.number);
  }

  /** @param {Passage} passage */
  takes(passage) {
    return super.takes(passage) && (this.#code.textContent ?? "").length + passage.text.length <= CODE_CHARACTERS;
  }

  /** @param {Passage} passage */
  add({ text }) {
    this.#code.append(text);
  }

  close() {
    // What is a plain text has no colours.
    if (this.#language !== "plaintext") highlight(this.#code, this.#language);
  }
}

/** A table: a row in each line, with tabs between the cells. The first row is its head. */
export class TablePart extends Part {
  #table = document.createElement("table");
  #rest = "";
  #rows = 0;

  /** @param {Passage} passage */
  constructor(passage) {
    super(passage);
    this.element.className = "table-part";
    this.element.append(this.#table);
  }

  /** @param {Passage} passage */
  add({ number, text }) {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#addRow(line).dataset.passage ??= String(number);
  }

  close() {
    if (this.#rest) this.#addRow(this.#rest);
    this.#rest = "";
  }

  /** @param {string} line */
  #addRow(line) {
    this.#rows += 1;
    const isHead = !this.#table.tHead;
    const row = isHead ? this.#table.createTHead().insertRow() : this.#body.insertRow();
    const number = document.createElement("th");
    number.className = "number";
    number.scope = "row";
    number.textContent = String(this.#rows);
    row.append(
      number,
      ...line
        .split("\t")
        .slice(0, MAX_COLUMNS)
        .map((text) => cell(text, isHead)),
    );
    return row;
  }

  get #body() {
    return this.#table.tBodies[0] ?? this.#table.createTBody();
  }
}

/**
 * @param {string} text
 * @param {boolean} isHead
 */
function cell(text, isHead) {
  const element = document.createElement(isHead && text ? "th" : "td");
  if (element instanceof HTMLTableCellElement && isHead && text) element.scope = "col";
  element.textContent = text;
  return element;
}
