import { ToolApproval } from "chat/items/approval";
import { createNoteOf, describe, stateOf, wordFor } from "chat/items/describe";
import { fill } from "chat/items/fill";
import { GeneratedImage } from "chat/items/generated-image";
import { MemoryUndo } from "chat/items/memory";
import { find, fromTemplate } from "chat/lib/dom";
import { visible } from "chat/lib/visible";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/items/blocks").Block} Block
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {import("chat/live/protocol").ToolCall} ToolCall
 */

/** An output item that isn't a message: a line with its title and note that unfolds to its blocks. */
export class OutputItem extends HTMLElement {
  #began = performance.now();
  /** @type {Item | undefined} */ #item;
  /** @type {ToolCall | undefined} */ #call;
  /** @type {((delta: Block) => string) | undefined} */ #noteOf;

  /**
   * Show the item as it is now.
   *
   * @param {Item} item
   * @param {{isOver?: boolean, call?: ToolCall}} [answer] as it is described
   * @returns {boolean} whether there is anything to see
   */
  show(item, answer) {
    this.#item = item;
    this.#call = answer?.call;
    const wasRunning = this.dataset.state === "running";
    const seconds = wasRunning ? Math.round((performance.now() - this.#began) / 1000) : 0;
    const description = describe(item, { ...answer, seconds });
    if (!description) return false;
    const { type, state, stateText, title, note, isOpen, blocks } = description;
    if (!this.firstElementChild) this.append(fromTemplate("#item-template", HTMLDetailsElement));
    if (this.dataset.type !== type) this.#noteOf = createNoteOf(type);
    this.dataset.type = type;
    this.dataset.state = state;
    this.#setText(".state", stateText);
    this.#setText(".title", title);
    this.#setText(".note", note);
    if (isOpen) find(this, "details", HTMLDetailsElement).open = true;
    for (const [at, block] of blocks.entries()) fill(this.#block(block, at), block);
    for (const extra of [...this.#blocks.children].slice(blocks.length)) extra.remove();
    this.#askForApproval();
    this.#offerUndo();
    return true;
  }

  /** Show how the call is now that the item is. */
  set call(/** @type {ToolCall} */ call) {
    if (this.#item) this.show(this.#item, { isOver: true, call });
  }

  /** Show a new status. @param {unknown} status */
  set status(status) {
    const state = stateOf(status);
    this.dataset.state = state;
    this.#setText(".state", wordFor(state));
  }

  /** Ask the person whether the call may run, if it waits for that, and if this page is theirs. */
  #askForApproval() {
    const asked = this.querySelector("tool-approval");
    const isWaiting = this.#call?.status === "waiting" && document.querySelector("#approval-template") !== null;
    if (this.#call && isWaiting) {
      const approval = asked instanceof ToolApproval ? asked : new ToolApproval();
      if (approval !== asked) this.append(approval);
      approval.ask(this.#call);
    } else if (asked) {
      const hadFocus = asked.contains(document.activeElement);
      asked.remove();
      if (hadFocus) find(this, "summary", HTMLElement).focus();
    }
  }

  /** Offer to undo what was remembered or forgotten, if this page is the person's. */
  #offerUndo() {
    const isOffered = this.#call?.memory && document.querySelector("#memory-undo-template") !== null;
    if (!this.#call || !isOffered || this.querySelector("memory-undo")) return;
    const undo = new MemoryUndo();
    this.append(undo);
    undo.offer(this.#call);
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
    else if (content instanceof HTMLImageElement || content instanceof GeneratedImage) fill(element, delta);
    else content.append(visible(delta.content));
    const note = this.#noteOf?.(delta);
    if (note) this.#setText(".note", note);
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
    const shown = visible(text);
    if (element.textContent !== shown) element.textContent = shown;
  }

  /**
   * Return the block with this name, creating it if it isn't there.
   *
   * @param {Block} block
   * @param {number} [at] its index, if known; else a new block is appended
   */
  #block({ name, format, label }, at) {
    const blocks = this.#blocks;
    const all = /** @type {HTMLElement[]} */ ([...blocks.children]);
    const found = at === undefined ? all.find(({ dataset }) => dataset.name === name) : all[at];
    if (found?.dataset.name === name && found.dataset.format === format) return found;
    const made = fromTemplate(`#item-${format}-template`, HTMLElement);
    made.dataset.name = name;
    find(made, ".label", HTMLElement).textContent = visible(label);
    if (found) found.replaceWith(made);
    else blocks.append(made);
    return made;
  }
}

customElements.define("output-item", OutputItem);
