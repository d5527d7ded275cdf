import { answeredBy, showAnsweredBy } from "chat/answer/answered-by";
import { showReason } from "chat/answer/failure";
import { showOmitted } from "chat/answer/omitted";
import { ResponseOutput } from "chat/answer/output";
import { NotApplied } from "chat/answer/settings";
import { AnswerTools } from "chat/answer/tools";
import { ResponseVersions } from "chat/answer/versions";
import { annotationsOf } from "chat/items/citations";
import { AnswerSources } from "chat/items/sources";
import { copyByIcon } from "chat/lib/copy";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { ANNOTATION_ADDED, contentOf, isEnd, isRunning, QUEUED } from "chat/live/protocol";
import { MessageEditor, readEdit } from "chat/message/editor";
import { fold } from "chat/message/fold";
import { drawMessage, readMessage, textOf } from "chat/message/message";
import "chat/answer/thinking-time";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 */

/**
 * A message and its answer. Its data attributes decide which of its states response.css shows.
 *
 * It has no id until the server has accepted the message.
 *
 * Events: `ask`, whose detail is the content to ask instead; `advance`, after each new event of the server, which is
 * its detail. Both bubble.
 */
export class ChatResponse extends HTMLElement {
  connectedCallback() {
    fold(this.#message);
    const copyButton = find(this, ".copy-message", HTMLButtonElement);
    copyButton.onclick = () => copyByIcon(copyButton, textOf(this.content));
    find(this, ".edit", HTMLButtonElement).onclick = () => this.edit(this.content);
    for (const again of /** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll(".ask-again"))) {
      again.onclick = () => this.dispatchEvent(new CustomEvent("ask", { detail: this.content, bubbles: true }));
    }
    showReason(this);
    const unfinished = readEdit(this.responseId);
    // Turns that are loaded while the reader scrolls must not take the focus.
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

  /** The sequence number of the last event that is shown, or -1. */
  get sequenceNumber() {
    return Number(this.dataset.sequenceNumber || -1);
  }

  get answer() {
    return this.#output.text;
  }

  /** The id of the previous response; empty for a first message. */
  get previous() {
    return this.dataset.previous ?? "";
  }

  /** What answers. */
  get answeredBy() {
    return answeredBy(this);
  }

  get versions() {
    return find(this, "response-versions", ResponseVersions);
  }

  /** The content of the message. */
  get content() {
    return readMessage(this.#message);
  }

  set content(/** @type {Part[]} */ content) {
    drawMessage(this.#message, content);
  }

  /**
   * Open the editor of the message. If it is open already, its content stays.
   *
   * @param {Part[]} content what to edit
   * @param {string} [problem] why the content was refused
   */
  edit(content, problem = "") {
    const editor = this.#editor ?? this.#openEditor(content);
    if (problem) editor.showError(problem);
    editor.field.focus();
  }

  /** @param {Part[]} content */
  #openEditor(content) {
    const opener = document.activeElement;
    const editor = fromTemplate("#message-editor-template", MessageEditor);
    editor.dataset.response = this.responseId;
    editor.addEventListener("cancel", () => {
      editor.remove();
      if (opener instanceof HTMLTextAreaElement) opener.focus();
      else find(this, ".edit", HTMLButtonElement).focus();
    });
    this.#message.append(editor);
    editor.content = content;
    return editor;
  }

  /** Apply an event, unless it is applied already. @param {ResponseEvent} event */
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
    this.#output.settings = response.text;
    if (type === QUEUED) {
      this.responseId = response.id;
      // It comes a second time if the answer was lost and is begun again.
      this.#output.begin([]);
      this.#sources.show([]);
      if (response.input) this.content = contentOf(response.input);
    } else if (!isEnd(type) && Array.isArray(response.output)) {
      // Another process took over, and sends the output so far.
      this.#output.begin(response.output);
      this.#sources.show(annotationsOf(response.output));
    }
    this.dataset.status = response.status;
    this.dataset.comparison = response.comparison ?? "";
    showAnsweredBy(this, response);
    find(this, ".answer", HTMLElement).ariaBusy = this.isRunning ? "true" : null;
    find(this, "answer-tools", AnswerTools).show(response);
    showOmitted(find(this, ".omitted", HTMLElement), response.omitted_turns ?? 0);
    find(this, ".omitted-images", HTMLElement).hidden = !response.omitted_images;
    find(this, "not-applied", NotApplied).show(response.not_applied ?? []);
    if (response.versions) this.versions.show(response.versions, response.id);
    if (isEnd(type)) this.#end(response);
  }

  /** @param {ResponseObject} response */
  #end({ output: final, error, incomplete_details }) {
    const output = Array.isArray(final) ? final : [];
    this.#output.end(output);
    this.#sources.show(annotationsOf(output));
    this.dataset.reason = incomplete_details?.reason ?? "";
    find(this, ".error", HTMLElement).textContent = gettext(error?.message ?? "");
    showReason(this);
  }

  get #editor() {
    return /** @type {MessageEditor | null} */ (this.querySelector("message-editor"));
  }

  get #message() {
    return find(this, ".message", HTMLElement);
  }

  get #output() {
    return find(this, "response-output", ResponseOutput);
  }

  get #sources() {
    return find(this, "answer-sources", AnswerSources);
  }
}

customElements.define("chat-response", ChatResponse);
