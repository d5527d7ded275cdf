import "chat/answer/selection";
import { StructuredText } from "chat/answer/structured/element";
import { withTold } from "chat/items/calls";
import { annotationsOf } from "chat/items/citations";
import { addCited, cite } from "chat/items/cited";
import { deltaOf } from "chat/items/describe";
import { OutputItem } from "chat/items/element";
import { fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import {
  ANNOTATION_ADDED,
  ITEM_ADDED,
  ITEM_DONE,
  isRunning,
  REFUSAL_DELTA,
  readableParts,
  STATUS,
  TEXT_DELTA,
} from "chat/live/protocol";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/live/protocol").Item} Item
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 * @typedef {import("chat/live/protocol").TextSettings} TextSettings
 * @typedef {import("chat/live/protocol").ToolCall} ToolCall
 */

/** The number of parts above which only those near the viewport are laid out (response.css). */
const LONG_OUTPUT = 20;

/** The element for each type of part, and how to create it. */
const PARTS = {
  output_text: { type: MarkdownText, make: () => fromTemplate("#output-text-template", MarkdownText) },
  structured: { type: StructuredText, make: () => new StructuredText() },
  refusal: { type: HTMLParagraphElement, make: () => fromTemplate("#refusal-template", HTMLParagraphElement) },
  item: { type: OutputItem, make: () => new OutputItem() },
};

/** The output of one response of a turn: the parts of its messages, and the other items, in order. */
export class ResponseOutput extends HTMLElement {
  /** @type {TextSettings | undefined} what the texts of the answer are, if they aren't Markdown */
  #settings = undefined;
  /** The calls of tools among its items, by their places. @type {Map<number, ToolCall>} */ #calls = new Map();

  /** Add the items that came as JSON to the text that came as HTML, if the output was stored. */
  connectedCallback() {
    this.#noteParts();
    const stored = this.querySelector(":scope > template");
    if (!(stored instanceof HTMLTemplateElement)) return;
    stored.remove();
    const { items, annotations, text, calls = [] } = JSON.parse(stored.content.textContent ?? "");
    const isOver = !isRunning(this.dataset.status);
    this.settings = text ?? undefined;
    this.#calls = withTold(this.#calls, calls);
    if (isOver) this.#endStructured();
    for (const { item, output_index, content_index } of items) {
      this.#showAt(item, output_index, content_index, { isOver });
    }
    const stood = items.map((/** @type {{item: Item}} */ { item }) => item);
    cite(this, stood, annotations);
  }

  /** Note what is said of the response besides its output. @param {ResponseObject} response */
  note({ status, usage, calls, text }) {
    this.dataset.status = status;
    this.dataset.usage = usage ? JSON.stringify(usage) : "";
    this.ariaBusy = isRunning(status) ? "true" : null;
    this.settings = text;
    this.#calls = withTold(this.#calls, calls ?? []);
  }

  /** Show how a call of a tool is now. @param {ToolCall} call */
  showCall(call) {
    this.#calls.set(call.place, call);
    const item = this.#firstFrom([call.place, 0]);
    if (item instanceof OutputItem && placeOf(item)[0] === call.place) item.call = call;
  }

  /** The calls of tools. After them, another response goes on. */
  get calls() {
    return [...this.#calls.values()];
  }

  /** The text of the answer. */
  get text() {
    return [...this.children]
      .filter((part) => !(part instanceof OutputItem))
      .map((part) => (isText(part) ? part.text : part.textContent))
      .join("\n\n");
  }

  /** Whether the texts are data, which is drawn as a form or a table. */
  get isStructured() {
    return Boolean(this.#settings?.format);
  }

  /** Set what the texts of the answer are. */
  set settings(/** @type {TextSettings | undefined} */ settings) {
    this.#settings = settings;
    for (const part of this.#structured) part.format = settings?.format ?? undefined;
  }

  /** Apply an event to the output. @param {ResponseEvent} event */
  receive(event) {
    const { type, delta = "", item } = event;
    const output_index = event.output_index ?? 0;
    const content_index = event.content_index ?? 0;
    const added = deltaOf(event);
    const status = STATUS.exec(type);
    if (type === ANNOTATION_ADDED) addCited(this, [], [event.annotation]);
    else if (type === TEXT_DELTA) this.#write("output_text", output_index, content_index, delta);
    else if (type === REFUSAL_DELTA) this.#write("refusal", output_index, content_index, delta);
    else if (type === ITEM_ADDED && item) this.#show({ status: "in_progress", ...item }, output_index);
    else if (type === ITEM_DONE && item) {
      this.#show({ ...item, status: item.status ?? "completed" }, output_index);
      addCited(this, [item], []);
    } else if (added) this.#item(output_index, added.type).write(added.block);
    else if (status) this.#item(output_index, status[1]).status = status[2];
  }

  /**
   * Show the output so far; more may follow.
   *
   * @param {Item[]} output
   */
  begin(output) {
    this.replaceChildren();
    this.#noteParts();
    cite(this, output, annotationsOf(output));
    for (const { type, text, outputIndex, contentIndex } of readableParts(output)) {
      this.#write(type, outputIndex, contentIndex, text);
    }
    for (const [outputIndex, item] of output.entries()) this.#show(item, outputIndex);
  }

  /**
   * Show the complete output.
   *
   * @param {Item[]} output
   */
  end(output) {
    cite(this, output, annotationsOf(output));
    const shown = readableParts(output).map(({ type, text, outputIndex, contentIndex }) => {
      const part = this.#part(type, outputIndex, contentIndex);
      if (isText(part)) part.text = text;
      else part.textContent = text;
      return part;
    });
    /** @type {(Element | undefined)[]} */
    const all = [...shown, ...output.map((item, outputIndex) => this.#show(item, outputIndex, { isOver: true }))];
    for (const part of [...this.children]) if (!all.includes(part)) part.remove();
    this.#endStructured();
  }

  /** Say what is wrong with structured texts, now that they are complete. */
  #endStructured() {
    if (!this.isStructured) return;
    const problems = this.#settings?.problems ?? [];
    for (const part of this.#structured) part.end(problems);
    const whole = this.#structured.length ? undefined : problems[0];
    if (this.nextElementSibling?.matches(".no-data")) this.nextElementSibling.remove();
    if (!whole) return;
    const note = document.createElement("p");
    note.className = "no-data";
    note.textContent = gettext(whole.message);
    this.after(note);
  }

  get #structured() {
    return /** @type {NodeListOf<StructuredText>} */ (this.querySelectorAll(":scope > structured-text"));
  }

  /**
   * Show an item, unless it is a message.
   *
   * @param {Item} item
   * @param {number} outputIndex
   * @param {{isOver?: boolean}} [answer]
   * @returns {Element | undefined} undefined if there is nothing to see
   */
  #show(item, outputIndex, answer) {
    return !item || item.type === "message" ? undefined : this.#showAt(item, outputIndex, 0, answer);
  }

  /**
   * Show an item, or an unknown part of a message, at a place of the output.
   *
   * @param {Item} item
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @param {{isOver?: boolean}} [answer]
   */
  #showAt(item, outputIndex, contentIndex, answer) {
    const part = this.#part("item", outputIndex, contentIndex);
    if (part instanceof OutputItem && part.show(item, { ...answer, call: this.#calls.get(outputIndex) })) return part;
    part.remove();
    return undefined;
  }

  /**
   * Return the element of an item, creating it if it isn't there.
   *
   * @param {number} outputIndex
   * @param {string} type of an item that is created
   */
  #item(outputIndex, type) {
    const part = /** @type {OutputItem} */ (this.#part("item", outputIndex, 0));
    if (!part.dataset.type) part.show({ type, status: "in_progress" });
    return part;
  }

  /**
   * Append text to a part.
   *
   * @param {keyof typeof PARTS} type
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @param {string} text
   */
  #write(type, outputIndex, contentIndex, text) {
    const part = this.#part(type, outputIndex, contentIndex);
    if (isText(part)) part.write(text);
    else part.append(text);
  }

  /**
   * Return the element at a place of the output, creating it if it isn't there.
   *
   * @param {keyof typeof PARTS} kind
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @returns {HTMLElement}
   */
  #part(kind, outputIndex, contentIndex) {
    const { type, make } = PARTS[kind === "output_text" && this.isStructured ? "structured" : kind];
    const place = [outputIndex, contentIndex];
    const found = this.#firstFrom(place);
    const isThere = found && compare(placeOf(found), place) === 0;
    if (isThere && found instanceof type) return found;
    const made = make();
    if (made instanceof StructuredText) made.format = this.#settings?.format ?? undefined;
    made.dataset.outputIndex = String(outputIndex);
    made.dataset.contentIndex = String(contentIndex);
    this.insertBefore(made, found);
    if (isThere) found.remove();
    this.#noteParts();
    return made;
  }

  /** Note whether the answer itself has begun, and not only what the model does before it, and whether it is long. */
  #noteParts() {
    this.classList.toggle("long", this.childElementCount > LONG_OUTPUT);
    this.toggleAttribute(
      "data-has-words",
      this.querySelector(":scope > :is(markdown-text, structured-text, .refusal)") !== null,
    );
  }

  /**
   * Return the first element at or after a place. The search begins at the end, where most deltas belong.
   *
   * @param {number[]} place
   */
  #firstFrom(place) {
    let found = null;
    for (let part = this.lastElementChild; part && compare(placeOf(part), place) >= 0; ) {
      found = part;
      part = part.previousElementSibling;
    }
    return found;
  }
}

/** @param {Element} part @returns {part is MarkdownText | StructuredText} */
const isText = (part) => part instanceof MarkdownText || part instanceof StructuredText;

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
