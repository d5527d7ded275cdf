import { ResponseOutput } from "chat/answer/output";
import { AnswerTools } from "chat/answer/tools";
import { ResponseVersions } from "chat/answer/versions";
import { annotationsOf } from "chat/items/citations";
import { AnswerSources } from "chat/items/sources";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { ANNOTATION_ADDED, contentOf, isEnd, isRunning, QUEUED } from "chat/live/protocol";
import { QuestionEditor, readEdit } from "chat/question/editor";
import { fold } from "chat/question/fold";
import { drawQuestion, readQuestion } from "chat/question/question";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
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
    fold(this.#question);
    find(this, ".edit", HTMLButtonElement).onclick = () => this.edit(this.content);
    for (const again of /** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll(".ask-again"))) {
      again.onclick = () => this.dispatchEvent(new CustomEvent("ask", { detail: this.content, bubbles: true }));
    }
    const unfinished = readEdit(this.responseId);
    // As the reader scrolls, turns come and take no focus.
    if (unfinished.length && !this.#editor) this.#openEditor(unfinished);
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
    return this.#output.text;
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
   * Makes the question a field in which it can be written anew; in one that is open, what was written stays.
   *
   * @param {Part[]} content what to begin with
   * @param {string} [problem] why this content was refused
   */
  edit(content, problem = "") {
    const editor = this.#editor ?? this.#openEditor(content);
    if (problem) editor.showError(problem);
    editor.field.focus();
  }

  /** @param {Part[]} content */
  #openEditor(content) {
    const opener = document.activeElement;
    const editor = fromTemplate("#question-editor-template", QuestionEditor);
    editor.dataset.response = this.responseId;
    editor.addEventListener("cancel", () => {
      editor.remove();
      if (opener instanceof HTMLTextAreaElement) opener.focus();
      else find(this, ".edit", HTMLButtonElement).focus();
    });
    this.#question.append(editor);
    editor.content = content;
    return editor;
  }

  /** @param {ResponseEvent} event */
  apply(event) {
    if (event.sequence_number <= this.sequenceNumber) return;
    this.dataset.sequenceNumber = String(event.sequence_number);
    if (event.response) this.#update(event.type, event.response);
    else if (event.type === ANNOTATION_ADDED) this.#sources.add(event.annotation);
    else this.#output.receive(event);
    this.dispatchEvent(new CustomEvent("advance", { detail: event, bubbles: true }));
  }

  /**
   * @param {string} type
   * @param {ResponseObject} response
   */
  #update(type, response) {
    if (type === QUEUED) {
      this.responseId = response.id;
      // Once more, where the first answer was lost on its way.
      this.#output.begin([]);
      this.#sources.show([]);
      if (response.input) this.content = contentOf(response.input);
    } else if (!isEnd(type) && response.output) {
      // Another process took over, and says what there is so far.
      this.#output.begin(response.output);
      this.#sources.show(annotationsOf(response.output));
    }
    this.dataset.status = response.status;
    find(this, ".answer", HTMLElement).ariaBusy = this.isRunning ? "true" : null;
    find(this, "answer-tools", AnswerTools).show(response);
    const leftOut = find(this, ".left-out", HTMLElement);
    leftOut.dataset.count = find(leftOut, ".count", HTMLElement).textContent = String(response.omitted_turns ?? 0);
    if (response.versions) this.versions.show(response.versions, response.id);
    if (isEnd(type)) this.#end(response);
  }

  /** @param {ResponseObject} response */
  #end({ output, error, incomplete_details }) {
    this.#output.end(output);
    this.#sources.show(annotationsOf(output));
    this.dataset.reason = incomplete_details?.reason ?? "";
    find(this, ".error", HTMLElement).textContent = gettext(error?.message ?? "");
  }

  get #editor() {
    return /** @type {QuestionEditor | null} */ (this.querySelector("question-editor"));
  }

  get #question() {
    return find(this, ".question", HTMLElement);
  }

  get #output() {
    return find(this, "response-output", ResponseOutput);
  }

  get #sources() {
    return find(this, "answer-sources", AnswerSources);
  }
}

customElements.define("chat-response", ChatResponse);
