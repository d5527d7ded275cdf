import { describe, noteOfDeltas, stateOf } from "chat/items/describe";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").Item} Item
 */

/** What a model did beside writing: folded, with what it is about on the line that is always there. */
export class OutputItem extends HTMLElement {
  #began = performance.now();
  /** @type {((delta: Block) => string) | undefined} */ #noteOf;

  /**
   * Draws the item as it is now.
   *
   * @param {Item} item
   * @param {{isOver?: boolean}} [answer]
   * @returns {boolean} whether there is anything to see of it
   */
  show(item, answer) {
    const wasRunning = this.dataset.state === "running";
    const seconds = wasRunning ? Math.round((performance.now() - this.#began) / 1000) : 0;
    const description = describe(item, { ...answer, seconds });
    if (!description) return false;
    const { type, state, title, note, isOpen, blocks } = description;
    if (!this.firstElementChild) this.append(fromTemplate("#item-template", HTMLDetailsElement));
    if (this.dataset.type !== type) this.#noteOf = noteOfDeltas(type);
    this.dataset.type = type;
    this.#state = state;
    this.#write(".title", title);
    this.#write(".note", note);
    if (isOpen) this.#open();
    for (const [at, block] of blocks.entries()) fill(this.#block(block, at), block);
    for (const extra of [...this.#blocks.children].slice(blocks.length)) extra.remove();
    return true;
  }

  /** @param {unknown} status */
  set status(status) {
    this.#state = stateOf(status);
  }

  /**
   * Adds to a block of it, at the same cost however long that is.
   *
   * @param {Block} delta
   */
  arrive(delta) {
    const content = find(this.#block(delta), ".content", HTMLElement);
    if (content instanceof MarkdownText) content.write(delta.content);
    else content.append(delta.content);
    const note = this.#noteOf?.(delta);
    if (note) this.#write(".note", note);
  }

  /**
   * Shows a block as far as it is made.
   *
   * @param {Block} block
   */
  preview(block) {
    if (!block.content) return;
    this.#open();
    fill(this.#block(block, 0), block);
  }

  set #state(/** @type {string} */ state) {
    this.dataset.state = state;
    this.#write(".state", state === "failed" ? gettext("Failed") : "");
  }

  get #blocks() {
    return find(this, ".blocks", HTMLElement);
  }

  #open() {
    find(this, "details", HTMLDetailsElement).open = true;
  }

  /**
   * @param {".title" | ".note" | ".state"} selector
   * @param {string} text
   */
  #write(selector, text) {
    const element = find(this, `summary > ${selector}`, HTMLElement);
    if (element.textContent !== text) element.textContent = text;
  }

  /**
   * The block of that name, made if there is none.
   *
   * @param {Block} block
   * @param {number} [at] its place, if that is known; else it goes behind the others
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
 * @param {HTMLElement} element
 * @param {Block} block
 */
function fill(element, { content, label }) {
  find(element, ".label", HTMLElement).textContent = label;
  const place = find(element, ".content", HTMLElement);
  if (place instanceof MarkdownText) place.text = content;
  else if (place instanceof HTMLImageElement) place.src = content;
  else if (place.textContent !== content) place.textContent = content;
  if (place instanceof HTMLAnchorElement) place.href = content;
}

customElements.define("output-item", OutputItem);
