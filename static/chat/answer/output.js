import { deltaOf, previewOf } from "chat/items/describe";
import { OutputItem } from "chat/items/element";
import { AnswerSources } from "chat/items/sources";
import { fromTemplate } from "chat/lib/dom";
import { ITEM_ADDED, ITEM_DONE, REFUSAL_DELTA, readableParts, STATUS, TEXT_DELTA } from "chat/live/protocol";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 */

/** What stands for each type of part, and how that is made. */
const PARTS = {
  output_text: { type: MarkdownText, make: () => fromTemplate("#output-text-template", MarkdownText) },
  refusal: { type: HTMLParagraphElement, make: () => fromTemplate("#refusal-template", HTMLParagraphElement) },
  item: { type: OutputItem, make: () => new OutputItem() },
};

/** What came back: the parts of messages that a person reads, and the other items, in the order of the output. */
export class ResponseOutput extends HTMLElement {
  /** Draws what of a stored output came as JSON, among the words that came as HTML. */
  connectedCallback() {
    const stored = this.querySelector(":scope > template");
    if (!(stored instanceof HTMLTemplateElement)) return;
    stored.remove();
    const { items, annotations } = JSON.parse(stored.content.textContent ?? "");
    const isOver = this.closest("[aria-busy=true]") === null;
    for (const { item, output_index, content_index } of items) {
      this.#showAt(item, output_index, content_index, { isOver });
    }
    const sources = this.parentElement?.querySelector("answer-sources");
    if (sources instanceof AnswerSources) sources.show(annotations);
  }

  /** The words of the answer. */
  get text() {
    return [...this.children]
      .filter((part) => !(part instanceof OutputItem))
      .map((part) => (part instanceof MarkdownText ? part.text : part.textContent))
      .join("\n\n");
  }

  /** @param {ResponseEvent} event */
  receive(event) {
    const { type, output_index = 0, content_index = 0, delta = "", item } = event;
    const added = deltaOf(event);
    const preview = previewOf(event);
    const status = STATUS.exec(type);
    if (type === TEXT_DELTA) this.#arrive("output_text", output_index, content_index, delta);
    else if (type === REFUSAL_DELTA) this.#arrive("refusal", output_index, content_index, delta);
    else if (type === ITEM_ADDED && item) this.#show({ status: "in_progress", ...item }, output_index);
    else if (type === ITEM_DONE && item) this.#show({ ...item, status: item.status ?? "completed" }, output_index);
    else if (added) this.#item(output_index, added.type).arrive(added.block);
    else if (preview) this.#item(output_index, preview.type).preview(preview.block);
    else if (status) this.#item(output_index, status[1]).status = status[2];
  }

  /**
   * Shows what there is so far; more may come.
   *
   * @param {Item[]} output
   */
  begin(output) {
    this.replaceChildren();
    for (const { type, text, outputIndex, contentIndex } of readableParts(output)) {
      this.#arrive(type, outputIndex, contentIndex, text);
    }
    for (const [outputIndex, item] of output.entries()) this.#show(item, outputIndex);
  }

  /**
   * Shows the whole output; no more will come.
   *
   * @param {Item[]} output
   */
  end(output) {
    const shown = readableParts(output).map(({ type, text, outputIndex, contentIndex }) => {
      const part = this.#part(type, outputIndex, contentIndex);
      if (part instanceof MarkdownText) part.text = text;
      else part.textContent = text;
      return part;
    });
    /** @type {(Element | undefined)[]} */
    const all = [...shown, ...output.map((item, outputIndex) => this.#show(item, outputIndex, { isOver: true }))];
    for (const part of [...this.children]) if (!all.includes(part)) part.remove();
  }

  /**
   * @param {Item} item
   * @param {number} outputIndex
   * @param {{isOver?: boolean}} [answer]
   * @returns {Element | undefined} nothing where there is nothing to see of it
   */
  #show(item, outputIndex, answer) {
    return item.type === "message" ? undefined : this.#showAt(item, outputIndex, 0, answer);
  }

  /**
   * @param {Item} item
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @param {{isOver?: boolean}} [answer]
   */
  #showAt(item, outputIndex, contentIndex, answer) {
    const part = this.#part("item", outputIndex, contentIndex);
    if (part instanceof OutputItem && part.show(item, answer)) return part;
    part.remove();
    return undefined;
  }

  /**
   * @param {number} outputIndex
   * @param {string} type for one that was not announced
   */
  #item(outputIndex, type) {
    const part = /** @type {OutputItem} */ (this.#part("item", outputIndex, 0));
    if (!part.dataset.type) part.show({ type, status: "in_progress" });
    return part;
  }

  /**
   * @param {keyof typeof PARTS} type
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @param {string} text
   */
  #arrive(type, outputIndex, contentIndex, text) {
    const part = this.#part(type, outputIndex, contentIndex);
    if (part instanceof MarkdownText) part.write(text);
    else part.append(text);
  }

  /**
   * The element at this place of the output, made where there is none.
   *
   * @param {keyof typeof PARTS} kind
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @returns {HTMLElement}
   */
  #part(kind, outputIndex, contentIndex) {
    const { type, make } = PARTS[kind];
    const place = [outputIndex, contentIndex];
    const found = this.#from(place);
    const isThere = found && compare(placeOf(found), place) === 0;
    if (isThere && found instanceof type) return found;
    const made = make();
    made.dataset.outputIndex = String(outputIndex);
    made.dataset.contentIndex = String(contentIndex);
    this.insertBefore(made, found);
    if (isThere) found.remove();
    return made;
  }

  /**
   * The first element that stands there or later. What comes is mostly for the last one, so it is looked for from there.
   *
   * @param {number[]} place
   */
  #from(place) {
    let found = null;
    for (let part = this.lastElementChild; part && compare(placeOf(part), place) >= 0; ) {
      found = part;
      part = part.previousElementSibling;
    }
    return found;
  }
}

/** @param {Element} part */
function placeOf(part) {
  const { outputIndex, contentIndex } = /** @type {HTMLElement} */ (part).dataset;
  return [Number(outputIndex), Number(contentIndex)];
}

/**
 * @param {number[]} a
 * @param {number[]} b
 */
function compare(a, b) {
  return a[0] - b[0] || a[1] - b[1];
}

customElements.define("response-output", ResponseOutput);
