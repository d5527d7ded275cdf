import { attachmentUrl, thumbnailUrl } from "chat/attachment";
import { copy } from "chat/copy";
import { find, fromTemplate } from "chat/dom";
import { MarkdownText } from "chat/markdown-text";
import { isEnd, isRunning, QUEUED, REFUSAL_DELTA, readableParts, TEXT_DELTA } from "chat/protocol";

/**
 * @typedef {import("chat/protocol").Item} Item
 * @typedef {import("chat/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/protocol").ResponseObject} ResponseObject
 */

/**
 * One question and its answer. What it shows of its state follows from its data attributes, in response.css.
 *
 * Without an id it is a question that the server has not taken yet.
 */
export class ChatResponse extends HTMLElement {
  connectedCallback() {
    const button = find(this, "footer .copy", HTMLButtonElement);
    button.onclick = () => copy(button, this.answer);
  }

  get responseId() {
    return this.dataset.id ?? "";
  }

  get isRunning() {
    return isRunning(this.dataset.status);
  }

  /** The last event that is shown; -1 for none. */
  get sequenceNumber() {
    return Number(this.dataset.sequenceNumber || -1);
  }

  get answer() {
    return [...this.#parts.children].map((part) => textOf(part)).join("\n\n");
  }

  /** @param {Item[]} input */
  set question(input) {
    const content = input.flatMap((item) => item.content ?? []);
    find(this, ".question .words", HTMLElement).textContent = content.flatMap((part) => part.text || []).join("\n\n");
    find(this, ".question .pictures", HTMLElement).replaceChildren(
      ...content.flatMap((part) =>
        part.file_id ? pictureLink(part.file_id) : part.image_url ? addressLink(part.image_url) : [],
      ),
    );
  }

  /** @param {ResponseEvent} event */
  apply(event) {
    if (event.sequence_number <= this.sequenceNumber) return;
    this.dataset.sequenceNumber = String(event.sequence_number);
    if (event.type === TEXT_DELTA || event.type === REFUSAL_DELTA) this.#arrive(event);
    else if (event.response) this.#update(event.type, event.response);
  }

  /** @param {ResponseEvent} event */
  #arrive({ type, output_index = 0, content_index = 0, delta = "" }) {
    const part = this.#part(type === REFUSAL_DELTA ? "refusal" : "output_text", output_index, content_index);
    if (part instanceof MarkdownText) part.arrive(delta);
    else part.append(delta);
  }

  /**
   * @param {string} type
   * @param {ResponseObject} response
   */
  #update(type, response) {
    if (type === QUEUED) {
      this.dataset.id = response.id;
      if (response.input) this.question = response.input;
    }
    this.dataset.status = response.status;
    find(this, ".answer", HTMLElement).ariaBusy = this.isRunning ? "true" : null;
    find(this, ".model", HTMLElement).textContent = response.model;
    if (isEnd(type)) this.#end(response);
  }

  /** @param {ResponseObject} response */
  #end({ output, error, usage, incomplete_details }) {
    const parts = readableParts(output).map(({ type, text, outputIndex, contentIndex }) => {
      const part = this.#part(type, outputIndex, contentIndex);
      if (part instanceof MarkdownText) part.text = text;
      else part.textContent = text;
      return part;
    });
    for (const part of [...this.#parts.children]) if (!parts.includes(part)) part.remove();
    this.dataset.reason = incomplete_details?.reason ?? "";
    find(this, ".tokens", HTMLElement).textContent = usage ? String(usage.output_tokens) : "";
    find(this, ".error", HTMLElement).textContent = error?.message ?? "";
  }

  /**
   * The element at this place of the output, made where there is none.
   *
   * @param {string} type
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @returns {Element}
   */
  #part(type, outputIndex, contentIndex) {
    const place = [outputIndex, contentIndex];
    const found = [...this.#parts.children].find((part) => compare(placeOf(part), place) >= 0);
    if (found && compare(placeOf(found), place) === 0) return found;
    const made =
      type === "refusal"
        ? fromTemplate("#refusal-template", HTMLElement)
        : fromTemplate("#output-text-template", MarkdownText);
    made.dataset.outputIndex = String(outputIndex);
    made.dataset.contentIndex = String(contentIndex);
    this.#parts.insertBefore(made, found ?? null);
    return made;
  }

  get #parts() {
    return find(this, ".parts", HTMLElement);
  }
}

/** @param {Element} part */
function textOf(part) {
  return part instanceof MarkdownText ? part.text : (part.textContent ?? "");
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

/** @param {string} id */
function pictureLink(id) {
  const link = fromTemplate("#picture-template", HTMLAnchorElement);
  link.href = attachmentUrl(id);
  find(link, "img", HTMLImageElement).src = thumbnailUrl(id);
  return link;
}

/** @param {string} address */
function addressLink(address) {
  const link = fromTemplate("#picture-address-template", HTMLAnchorElement);
  link.href = address;
  link.textContent = address;
  return link;
}

customElements.define("chat-response", ChatResponse);
