import { BlockParser } from "chat/markdown/blocks";
import { CodeBlock } from "chat/markdown/render/code";
import { Footnotes } from "chat/markdown/render/footnotes";
import { InlineRenderer } from "chat/markdown/render/inline";
import { renderMath } from "chat/markdown/render/math";
import { References } from "chat/markdown/render/references";
import { addRow, createTable, renderRow } from "chat/markdown/render/table";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 *
 * @typedef {object} Rendered
 * @property {HTMLElement} element
 * @property {HTMLElement} [holder] where what a container holds goes
 * @property {() => void} [draw] draws a leaf's words as far as they have come
 */

/** What is laid out together: so many blocks, so many items of a list. */
const BLOCKS_TOGETHER = 20;
const ITEMS_TOGETHER = 100;

const LETTER = /\p{L}/u;

/** Draws one text as elements while it arrives. Nothing in it is ever read as HTML. */
export class Renderer {
  #root;
  #body = document.createElement("div");
  #references = new References();
  #footnotes;
  /** @type {Map<Block, Rendered>} those that are open */ #open = new Map();
  /** @type {Set<Block>} */ #changed = new Set();
  /** @type {HTMLElement | undefined} */ #last;
  /** @type {HTMLElement[]} blocks that have no letter yet, as far as is known */ #undirected = [];
  #isEnded = false;
  #blocks = new BlockParser({
    opened: (block) => this.#opened(block),
    changed: (block) => this.#changed.add(block),
    closed: (block) => this.#closed(block),
    dropped: (block) => this.#dropped(block),
    defined: (label, href) => this.#references.define(label, href),
  });

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#footnotes = new Footnotes(root);
  }

  /** @param {string} text what comes next */
  write(text) {
    this.#blocks.write(text);
    for (const block of this.#changed) this.#open.get(block)?.draw?.();
    this.#changed.clear();
    if (LETTER.test(text)) this.#direct();
  }

  /**
   * Blocks go the way of their first letter. With each element that comes a browser looks for that again, through all
   * that stands before it: where there is none, nothing shall be looked for.
   */
  #direct() {
    for (const element of this.#undirected) element.dir ||= "auto";
    this.#undirected = [];
  }

  /** No more comes. */
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#blocks.end();
    this.#references.end();
    this.#footnotes.end();
  }

  /** @param {Block} block */
  #opened(block) {
    const drawn = this.#element(block);
    this.#open.set(block, drawn);
    if (block.type === "row" || block.type === "footnote") return;
    const parent = this.#open.get(/** @type {Block} */ (block.parent));
    if (!parent) this.#part().append(drawn.element);
    else if (block.type === "item") itemsOf(parent).append(drawn.element);
    else parent.holder?.append(drawn.element);
    if (!parent) this.#undirected.push(drawn.element);
  }

  /** The part of the text to which its next block belongs. */
  #part() {
    if (!this.#last || this.#last.childElementCount >= BLOCKS_TOGETHER) {
      this.#last = document.createElement("div");
      this.#last.className = "part";
      // Footnotes stand below: an element that comes in between others has a browser look at the style of all again.
      if (!this.#body.parentNode) this.#root.prepend(this.#body);
      this.#body.append(this.#last);
    }
    return this.#last;
  }

  /** @param {Block} block */
  #closed(block) {
    const drawn = this.#open.get(block);
    drawn?.draw?.();
    this.#changed.delete(block);
    this.#open.delete(block);
  }

  /** @param {Block} block */
  #dropped(block) {
    this.#open.get(block)?.element.remove();
    this.#changed.delete(block);
    this.#open.delete(block);
  }

  /**
   * @param {Block} block
   * @returns {Rendered}
   */
  #element(block) {
    switch (block.type) {
      case "quote":
        return container(document.createElement("blockquote"));
      case "list":
        return container(listOf(block));
      case "item":
        return itemOf(block);
      case "footnote":
        return container(this.#footnotes.define(block.label));
      case "table":
        return container(createTable());
      case "row":
        return this.#row(block);
      case "code":
        return codeOf(block);
      case "math":
        return mathOf(block);
      case "rule":
        return { element: document.createElement("hr") };
      default:
        return this.#words(block);
    }
  }

  /**
   * @param {Block} block
   * @returns {Rendered}
   */
  #words(block) {
    const element = document.createElement(this.#nameOf(block));
    if (element instanceof HTMLLabelElement) element.append(boxOf(/** @type {Block} */ (block.parent)), " ");
    const words = this.#inline(element);
    return { element, draw: () => words.update(block) };
  }

  /**
   * The first words of a task name its box.
   *
   * @param {Block} block
   */
  #nameOf({ type, level, parent }) {
    if (type === "heading") return `h${level}`;
    const isTask = parent && parent.isDone !== null && !this.#open.get(parent)?.holder?.hasChildNodes();
    return isTask ? "label" : "p";
  }

  /**
   * @param {Block} block
   * @returns {Rendered}
   */
  #row(block) {
    const table = /** @type {Rendered} */ (this.#open.get(/** @type {Block} */ (block.parent)));
    const row = addRow(table.element);
    return { element: row, draw: () => renderRow(row, block, (cell) => this.#inline(cell)) };
  }

  /** @param {HTMLElement} element */
  #inline(element) {
    return new InlineRenderer(element, this.#references, this.#footnotes);
  }
}

/** @param {HTMLElement} element @returns {Rendered} */
function container(element) {
  return { element, holder: element };
}

/** @param {Block} block */
function listOf({ mark, start }) {
  if (/[-+*]/.test(mark)) return document.createElement("ul");
  const list = document.createElement("ol");
  if (start !== 1) list.start = start;
  return list;
}

/**
 * The list to which the next item belongs: a long one goes on in another.
 *
 * @param {Rendered} drawn
 */
function itemsOf(drawn) {
  const list = /** @type {HTMLElement} */ (drawn.holder);
  if (list.childElementCount < ITEMS_TOGETHER) return list;
  const next = /** @type {HTMLElement} */ (list.cloneNode());
  if (list instanceof HTMLOListElement) next.setAttribute("start", String(list.start + ITEMS_TOGETHER));
  for (const piece of [list, next]) piece.classList.add("piece");
  list.after(next);
  drawn.holder = next;
  return next;
}

/** @param {Block} block */
function itemOf({ isDone }) {
  const item = document.createElement("li");
  if (isDone !== null) item.className = "task";
  return container(item);
}

/** @param {Block} item */
function boxOf({ isDone }) {
  const box = document.createElement("input");
  box.type = "checkbox";
  box.disabled = true;
  box.toggleAttribute("checked", isDone === true);
  return box;
}

/**
 * @param {Block} block
 * @returns {Rendered}
 */
function codeOf(block) {
  const code = new CodeBlock(block.label);
  const draw = () => {
    code.append(block.pending);
    block.pending = "";
    if (!block.isOpen) code.close(block.isComplete);
  };
  return { element: code.element, draw };
}

/**
 * @param {Block} block
 * @returns {Rendered}
 */
function mathOf(block) {
  const element = document.createElement("div");
  element.className = "formula";
  element.tabIndex = 0;
  // Before its end it can't be typeset.
  const draw = () => block.isOpen || element.append(renderMath(block.text.trim(), true));
  return { element, draw };
}
