import { shown, stateOf } from "chat/items/registry";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/items/registry").Block} Block
 * @typedef {import("chat/items/registry").Kind} Kind
 * @typedef {import("chat/live/protocol").Item} Item
 */

const HEADING = /\*\*([^*\n]+)\*\*(?=\s|$)/g;
/** In how much of the latest text a heading is looked for. */
const LATEST = 500;

/** What a model did beside writing: folded, with what it is about on the line that is always there. */
export class OutputItem extends HTMLElement {
  #began = performance.now();
  #latest = "";

  /**
   * Draws the item as it is now.
   *
   * @param {Item} item
   * @param {{isOver?: boolean}} [answer]
   * @returns {boolean} whether there is anything to see of it
   */
  show(item, answer) {
    const it = shown(item, answer);
    if (!it) return false;
    const wasRunning = this.dataset.state === "running";
    this.dataset.type = it.type;
    this.dataset.state = it.state;
    this.#line = [it.title, it.note];
    if (it.type === "reasoning" && wasRunning && !it.state) this.#sayHowLong();
    if (it.isOpen) find(this, "details", HTMLDetailsElement).open = true;
    const { blocks } = this;
    for (const [at, block] of it.blocks.entries()) fill(this.#block(block.name, block.kind, at), block);
    for (const extra of [...blocks.children].slice(it.blocks.length)) extra.remove();
    return true;
  }

  /** @param {unknown} status */
  set status(status) {
    this.dataset.state = stateOf(status);
  }

  /**
   * Adds to a text of it, at the same cost however long that is.
   *
   * @param {string} name
   * @param {Kind} kind
   * @param {string} delta
   */
  arrive(name, kind, delta) {
    const content = find(this.#block(name, kind), ".content", HTMLElement);
    if (content instanceof MarkdownText) content.arrive(delta);
    else content.append(delta);
    if (this.dataset.type !== "reasoning") return;
    this.#latest = (this.#latest + delta).slice(-LATEST);
    const heading = [...this.#latest.matchAll(HEADING)].at(-1)?.[1];
    if (heading) this.#line = [gettext("Thinking"), heading];
  }

  /**
   * A picture as far as it is made.
   *
   * @param {string} address
   */
  preview(address) {
    find(this, "details", HTMLDetailsElement).open = true;
    fill(this.#block("picture", "picture", 0), { name: "picture", kind: "picture", content: address, label: "" });
  }

  get blocks() {
    return find(this, ".blocks", HTMLElement);
  }

  set #line(/** @type {[string, string]} */ [title, note]) {
    for (const [selector, text] of [
      [".title", title],
      [".note", note],
    ]) {
      const element = find(this, `summary > ${selector}`, HTMLElement);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  #sayHowLong() {
    const seconds = Math.round((performance.now() - this.#began) / 1000);
    if (seconds > 0) this.#line = [interpolate(gettext("Thought for %(seconds)s s"), { seconds }), ""];
  }

  /**
   * The block of that name, made where there is none.
   *
   * @param {string} name
   * @param {Kind} kind
   * @param {number} [at] its place, where that is known; else behind the others
   */
  #block(name, kind, at) {
    const { blocks } = this;
    const all = /** @type {HTMLElement[]} */ ([...blocks.children]);
    const found = at === undefined ? all.find(({ dataset }) => dataset.name === name) : all[at];
    if (found?.dataset.name === name && found.dataset.kind === kind) return found;
    const made = fromTemplate(`#item-${kind}-template`, HTMLElement);
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
