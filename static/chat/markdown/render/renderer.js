import { BlockParser } from "chat/markdown/blocks";
import { createAlert } from "chat/markdown/render/alert";
import { CodeBlock } from "chat/markdown/render/code";
import { Directions } from "chat/markdown/render/direction";
import { Footnotes } from "chat/markdown/render/footnotes";
import { InlineRenderer } from "chat/markdown/render/inline";
import { renderMath } from "chat/markdown/render/math";
import { References } from "chat/markdown/render/references";
import { watchScroller } from "chat/markdown/render/scroller";
import { addRow, createTable, renderRow } from "chat/markdown/render/table";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 *
 * @typedef {object} Rendered
 * @property {HTMLElement} element
 * @property {HTMLElement} [holder] the element to which a container's blocks are appended
 * @property {() => void} [update] renders the text of a leaf that has arrived
 */

/** How many blocks or list items share an element: a browser skips the layout of elements that are out of view. */
const BLOCKS_PER_PART = 20;
const ITEMS_PER_LIST = 100;

/** A renderer of one Markdown text as DOM elements, while the text arrives. Nothing in it is ever parsed as HTML. */
export class Renderer {
  #root;
  #body = document.createElement("div");
  #references = new References();
  #footnotes;
  /** @type {Map<Block, Rendered>} the open blocks */ #open = new Map();
  /** @type {Set<Block>} */ #changed = new Set();
  /** @type {HTMLElement | undefined} */ #part;
  #directions = new Directions();
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

  /**
   * Render the next piece of the text.
   *
   * @param {string} text
   */
  write(text) {
    this.#blocks.write(text);
    for (const block of this.#changed) this.#open.get(block)?.update?.();
    this.#changed.clear();
    this.#directions.update(text);
  }

  /** Render what was held back: the text is complete. */
  end() {
    if (this.#isEnded) return;
    this.#isEnded = true;
    // What is folded and never ends must not hide the rest of the text.
    for (const [{ type }, { element }] of this.#open) if (type === "details") element.setAttribute("open", "");
    this.#blocks.end();
    this.#references.end();
    this.#footnotes.end();
  }

  /** @param {Block} block */
  #opened(block) {
    if (block.type === "comment") return;
    const rendered = this.#element(block);
    this.#open.set(block, rendered);
    if (block.type === "row" || block.type === "footnote") return;
    const parent = this.#open.get(/** @type {Block} */ (block.parent));
    if (!parent) this.#currentPart().append(rendered.element);
    else if (block.type === "item") listForItem(parent).append(rendered.element);
    else parent.holder?.append(rendered.element);
    if (!parent || block.type === "item") this.#directions.add(rendered.element);
  }

  /** Return the part to which the next block is appended. */
  #currentPart() {
    if (!this.#part || this.#part.childElementCount >= BLOCKS_PER_PART) {
      this.#part = document.createElement("div");
      this.#part.className = "part";
      // Footnotes are a sibling of the body, not of the parts: an element that is inserted between others makes a
      // browser restyle all of them.
      if (!this.#body.parentNode) this.#root.prepend(this.#body);
      this.#body.append(this.#part);
    }
    return this.#part;
  }

  /** @param {Block} block */
  #closed(block) {
    const rendered = this.#open.get(block);
    rendered?.update?.();
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
        return block.label ? createAlert(block.label) : container(document.createElement("blockquote"));
      case "details":
        return createDetails(block);
      case "list":
        return container(createList(block));
      case "item":
        return createItem(block);
      case "footnote":
        return container(this.#footnotes.createNote(block.label));
      case "table":
        return container(createTable());
      case "row":
        return this.#row(block);
      case "code":
        return createCode(block);
      case "math":
        return createFormula(block);
      case "rule":
        return { element: document.createElement("hr") };
      default:
        return this.#textBlock(block);
    }
  }

  /**
   * @param {Block} block
   * @returns {Rendered}
   */
  #textBlock(block) {
    const element = document.createElement(this.#tagNameOf(block));
    if (element instanceof HTMLLabelElement) element.append(checkboxOf(/** @type {Block} */ (block.parent)), " ");
    const inline = this.#inlineRenderer(element);
    return { element, update: () => inline.update(block) };
  }

  /**
   * Return the tag name of a heading, a summary or a paragraph. The first paragraph of a task labels its checkbox.
   *
   * @param {Block} block
   */
  #tagNameOf({ type, level, parent }) {
    if (type === "heading") return `h${level}`;
    if (type === "summary") return type;
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
    return { element: row, update: () => renderRow(row, block, (cell) => this.#inlineRenderer(cell)) };
  }

  /** @param {HTMLElement} element */
  #inlineRenderer(element) {
    return new InlineRenderer(element, this.#references, this.#footnotes);
  }
}

/** @param {HTMLElement} element @returns {Rendered} */
function container(element) {
  return { element, holder: element };
}

/** @param {Block} block */
function createDetails({ isExpanded }) {
  const details = document.createElement("details");
  details.open = isExpanded;
  return container(details);
}

/** @param {Block} block */
function createList({ mark, start }) {
  if (/[-+*]/.test(mark)) return document.createElement("ul");
  const list = document.createElement("ol");
  if (start !== 1) list.start = start;
  return list;
}

/**
 * Return the list element for the next item. A long list continues in another element.
 *
 * @param {Rendered} rendered
 */
function listForItem(rendered) {
  const list = /** @type {HTMLElement} */ (rendered.holder);
  if (list.childElementCount < ITEMS_PER_LIST) return list;
  const next = /** @type {HTMLElement} */ (list.cloneNode());
  if (list instanceof HTMLOListElement) next.setAttribute("start", String(list.start + ITEMS_PER_LIST));
  for (const piece of [list, next]) piece.classList.add("piece");
  list.after(next);
  rendered.holder = next;
  return next;
}

/** @param {Block} block */
function createItem({ isDone }) {
  const item = document.createElement("li");
  if (isDone !== null) item.className = "task";
  return container(item);
}

/** @param {Block} item */
function checkboxOf({ isDone }) {
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
function createCode(block) {
  const code = new CodeBlock(block.label);
  const update = () => {
    code.append(block.pending);
    block.pending = "";
    if (!block.isOpen) code.close(block.isComplete);
  };
  return { element: code.element, update };
}

/**
 * @param {Block} block
 * @returns {Rendered}
 */
function createFormula(block) {
  const element = document.createElement("div");
  element.className = "formula";
  watchScroller(element);
  // An incomplete formula can't be typeset.
  const update = () => block.isOpen || element.append(renderMath(block.text.trim(), true));
  return { element, update };
}
