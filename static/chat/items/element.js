import { createNoteOf, describe, stateOf } from "chat/items/describe";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").Item} Item
 */

/** An output item that isn't a message: a line with its title and note that unfolds to its blocks. */
export class OutputItem extends HTMLElement {
  #began = performance.now();
  /** @type {((delta: Block) => string) | undefined} */ #noteOf;

  /**
   * Show the item as it is now.
   *
   * @param {Item} item
   * @param {{isOver?: boolean}} [answer]
   * @returns {boolean} whether there is anything to see
   */
  show(item, answer) {
    const wasRunning = this.dataset.state === "running";
    const seconds = wasRunning ? Math.round((performance.now() - this.#began) / 1000) : 0;
    const description = describe(item, { ...answer, seconds });
    if (!description) return false;
    const { type, state, title, note, isOpen, blocks } = description;
    if (!this.firstElementChild) this.append(fromTemplate("#item-template", HTMLDetailsElement));
    if (this.dataset.type !== type) this.#noteOf = createNoteOf(type);
    this.dataset.type = type;
    this.#state = state;
    this.#setText(".title", title);
    this.#setText(".note", note);
    if (isOpen) find(this, "details", HTMLDetailsElement).open = true;
    for (const [at, block] of blocks.entries()) fill(this.#block(block, at), block);
    for (const extra of [...this.#blocks.children].slice(blocks.length)) extra.remove();
    return true;
  }

  /** Show a new status. @param {unknown} status */
  set status(status) {
    this.#state = stateOf(status);
  }

  /**
   * Add a delta to its block. The cost doesn't depend on how long the block is.
   *
   * @param {Block} delta
   */
  write(delta) {
    if (!delta.content) return;
    const element = this.#block(delta);
    const content = find(element, ".content", HTMLElement);
    if (content instanceof MarkdownText) content.write(delta.content);
    else if (content instanceof HTMLImageElement) fill(element, delta);
    else content.append(delta.content);
    const note = this.#noteOf?.(delta);
    if (note) this.#setText(".note", note);
  }

  set #state(/** @type {string} */ state) {
    this.dataset.state = state;
    this.#setText(".state", state === "failed" ? gettext("Failed") : "");
  }

  get #blocks() {
    return find(this, ".blocks", HTMLElement);
  }

  /**
   * @param {".title" | ".note" | ".state"} selector
   * @param {string} text
   */
  #setText(selector, text) {
    const element = find(this, `summary > ${selector}`, HTMLElement);
    if (element.textContent !== text) element.textContent = text;
  }

  /**
   * Return the block with this name, creating it if it isn't there.
   *
   * @param {Block} block
   * @param {number} [at] its index, if known; else a new block is appended
   */
  #block({ name, format }, at) {
    const blocks = this.#blocks;
    const all = /** @type {HTMLElement[]} */ ([...blocks.children]);
    const found = at === undefined ? all.find(({ dataset }) => dataset.name === name) : all[at];
    if (found?.dataset.name === name && found.dataset.format === format) return found;
    const made = fromTemplate(`#item-${format}-template`, HTMLElement);
    made.dataset.name = name;
    if (found) found.replaceWith(made);
    else blocks.append(made);
    return made;
  }
}

/**
 * Fill an element with a block's content and label.
 *
 * @param {HTMLElement} element
 * @param {Block} block
 */
function fill(element, { content, label }) {
  find(element, ".label", HTMLElement).textContent = label;
  const target = find(element, ".content", HTMLElement);
  if (target instanceof MarkdownText) target.text = content;
  else if (target instanceof HTMLImageElement) target.src = content;
  else if (target.textContent !== content) target.textContent = content;
  if (target instanceof HTMLAnchorElement) target.href = content;
}

customElements.define("output-item", OutputItem);
