import { AnswerTools } from "chat/answer-tools";
import { find, fromTemplate } from "chat/dom";
import { MarkdownText } from "chat/markdown-text";
import { contentOf, isEnd, isRunning, QUEUED, REFUSAL_DELTA, readableParts, TEXT_DELTA } from "chat/protocol";
import { drawQuestion, readQuestion } from "chat/question";
import { QuestionEditor, readEdit } from "chat/question-editor";
import { ResponseVersions } from "chat/versions";
import { gettext } from "chat/words";

/**
 * @typedef {import("chat/protocol").Part} Part
 * @typedef {import("chat/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/protocol").ResponseObject} ResponseObject
 */

/**
 * One question and its answer. What it shows of its state follows from its data attributes, in response.css.
 *
 * Without an id it is a question that the server has not taken yet.
 *
 * Events: `ask`, whose detail is the content to ask in this one's place; `advance`, after an event of the server that
 * is new to it, which is the detail. Both bubble.
 */
export class ChatResponse extends HTMLElement {
  connectedCallback() {
    find(this, ".edit", HTMLButtonElement).onclick = () => this.edit(this.content);
    for (const again of /** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll(".ask-again"))) {
      again.onclick = () => this.dispatchEvent(new CustomEvent("ask", { detail: this.content, bubbles: true }));
    }
    const unfinished = readEdit(this.responseId);
    if (unfinished.length) this.edit(unfinished);
  }

  get responseId() {
    return this.dataset.id ?? "";
  }

  set responseId(id) {
    this.dataset.id = id;
    this.id = `response-${id}`;
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

  /** The id of the response that it continues; empty for a first question. */
  get previous() {
    return this.dataset.previous ?? "";
  }

  get versions() {
    return find(this, "response-versions", ResponseVersions);
  }

  /** What is asked. */
  get content() {
    return readQuestion(this.#question);
  }

  set content(/** @type {Part[]} */ content) {
    drawQuestion(this.#question, content);
  }

  /**
   * Makes the question a field in which it can be written anew.
   *
   * @param {Part[]} content what to begin with
   * @param {string} [problem] why this content was refused
   */
  edit(content, problem = "") {
    this.querySelector("question-editor")?.remove();
    const opener = document.activeElement;
    const editor = fromTemplate("#question-editor-template", QuestionEditor);
    editor.dataset.response = this.responseId;
    editor.addEventListener("cancel", () => {
      editor.remove();
      if (opener instanceof HTMLTextAreaElement) opener.focus();
      else find(this, ".edit", HTMLButtonElement).focus();
    });
    this.#question.append(editor);
    editor.edit(content, problem);
  }

  /** @param {ResponseEvent} event */
  apply(event) {
    if (event.sequence_number <= this.sequenceNumber) return;
    this.dataset.sequenceNumber = String(event.sequence_number);
    const { type, output_index = 0, content_index = 0, delta = "" } = event;
    if (type === TEXT_DELTA) this.#arrive("output_text", output_index, content_index, delta);
    else if (type === REFUSAL_DELTA) this.#arrive("refusal", output_index, content_index, delta);
    else if (event.response) this.#update(type, event.response);
    this.dispatchEvent(new CustomEvent("advance", { detail: event, bubbles: true }));
  }

  /**
   * @param {string} type
   * @param {number} outputIndex
   * @param {number} contentIndex
   * @param {string} text
   */
  #arrive(type, outputIndex, contentIndex, text) {
    const part = this.#part(type, outputIndex, contentIndex);
    if (part instanceof MarkdownText) part.arrive(text);
    else part.append(text);
  }

  /**
   * @param {string} type
   * @param {ResponseObject} response
   */
  #update(type, response) {
    if (type === QUEUED) {
      this.responseId = response.id;
      // Once more, where the first answer was lost on its way.
      this.#parts.replaceChildren();
      if (response.input) this.content = contentOf(response.input);
    } else if (!isEnd(type) && response.output) {
      // Another process took over, and says what there is so far.
      this.#parts.replaceChildren();
      for (const part of readableParts(response.output)) {
        this.#arrive(part.type, part.outputIndex, part.contentIndex, part.text);
      }
    }
    this.dataset.status = response.status;
    find(this, ".answer", HTMLElement).ariaBusy = this.isRunning ? "true" : null;
    find(this, "answer-tools", AnswerTools).show(response);
    const leftOut = find(this, ".left-out", HTMLElement);
    leftOut.dataset.count = find(leftOut, ".count", HTMLElement).textContent = String(response.left_out ?? 0);
    if (isEnd(type)) this.#end(response);
  }

  /** @param {ResponseObject} response */
  #end({ output, error, incomplete_details }) {
    const parts = readableParts(output).map(({ type, text, outputIndex, contentIndex }) => {
      const part = this.#part(type, outputIndex, contentIndex);
      if (part instanceof MarkdownText) part.text = text;
      else part.textContent = text;
      return part;
    });
    for (const part of [...this.#parts.children]) if (!parts.includes(part)) part.remove();
    this.dataset.reason = incomplete_details?.reason ?? "";
    find(this, ".error", HTMLElement).textContent = gettext(error?.message ?? "");
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

  get #question() {
    return find(this, ".question", HTMLElement);
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

customElements.define("chat-response", ChatResponse);
