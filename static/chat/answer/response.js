import { answeredBy, showAnsweredBy } from "chat/answer/answered-by";
import { showProgress } from "chat/answer/compaction";
import { showReason } from "chat/answer/failure";
import { showOmitted } from "chat/answer/omitted";
import { sequenceNumberOf, TurnOutputs } from "chat/answer/outputs";
import { NotApplied } from "chat/answer/settings";
import { ThinkingTime } from "chat/answer/thinking-time";
import { AnswerTools } from "chat/answer/tools";
import { ResponseVersions } from "chat/answer/versions";
import { copyByIcon } from "chat/lib/copy";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { describedContent, hasEnded, isEnd, isRunning, QUEUED, TOOL_CALL_UPDATED } from "chat/live/protocol";
import { MessageEditor, readEdit } from "chat/message/editor";
import { fold } from "chat/message/fold";
import { drawMessage, readMessage, textOf } from "chat/message/message";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 */

/**
 * A turn: a message and its answer, which one response gives, or several if tools are called: the first one, whose id the
 * turn has, and its steps. Its data attributes decide which of its states response.css shows.
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
    this.outputs.firstId = id;
  }

  /** The outputs of its responses. */
  get outputs() {
    return new TurnOutputs(this);
  }

  get isRunning() {
    return isRunning(this.dataset.status);
  }

  /** Whether nothing more comes: it doesn't run, and doesn't wait for the person. */
  get hasEnded() {
    return hasEnded(this.dataset.status);
  }

  get answer() {
    return this.outputs.text;
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
    const { outputs } = this;
    const output = outputs.of(event.response_id) ?? outputs.all[0];
    // The step that runs a call tells of it, also of one that it ran before the page followed it.
    if (event.type === TOOL_CALL_UPDATED && event.call) outputs.of(event.call.response_id)?.showCall(event.call);
    if (event.sequence_number <= sequenceNumberOf(output)) return;
    output.dataset.sequenceNumber = String(event.sequence_number);
    if (event.response) this.#update(output, event.type, event.response);
    else if (event.compaction) showProgress(this, event.compaction);
    else output.receive(event);
    this.dispatchEvent(new CustomEvent("advance", { detail: event, bubbles: true }));
  }

  /**
   * @param {import("chat/answer/output").ResponseOutput} output
   * @param {string} type
   * @param {ResponseObject} response
   */
  #update(output, type, response) {
    output.note(response);
    if (type === QUEUED) {
      if (!response.turn) this.responseId = response.id;
      // It comes a second time if the answer was lost and is begun again.
      output.begin([]);
      if (response.input && !response.turn) this.content = describedContent(response.input, response.attachments ?? []);
    } else if (!isEnd(type) && Array.isArray(response.output)) {
      // Another process took over, and sends the output so far.
      output.begin(response.output);
    }
    if (isEnd(type)) output.end(Array.isArray(response.output) ? response.output : []);
    if (output !== this.outputs.last) return;
    // After calls of tools, a step goes on at once, unless they were cancelled because none may.
    const goesOn = type === "response.completed" && output.calls.some(({ status }) => status !== "cancelled");
    this.dataset.status = goesOn ? "in_progress" : response.status;
    this.dataset.comparison = response.comparison ?? "";
    showAnsweredBy(this, response);
    find(this, ".answer", HTMLElement).ariaBusy = this.isRunning ? "true" : null;
    find(this, "answer-tools", AnswerTools).show({ ...response, status: this.dataset.status });
    if (this.isRunning) find(this, "thinking-time", ThinkingTime).start();
    this.#showLeftOut(response);
    if (response.versions && !response.turn) this.versions.show(response.versions, response.id);
    if (this.hasEnded) this.#end(response);
  }

  /** Say what of the request was left out. What was for an earlier response of the turn stays said. @param {ResponseObject} response */
  #showLeftOut({ turn, omitted_turns = 0, omitted_images = false, file_notes = [], not_applied = [] }) {
    const omitted = find(this, ".omitted", HTMLElement);
    showOmitted(omitted, Math.max(omitted_turns, turn ? Number(omitted.dataset.count) : 0));
    const images = find(this, ".omitted-images", HTMLElement);
    images.hidden = !omitted_images && (!turn || images.hidden);
    for (const note of /** @type {NodeListOf<HTMLElement>} */ (this.querySelectorAll(".file-note"))) {
      note.hidden = !file_notes.includes(note.dataset.for ?? "") && (!turn || note.hidden);
    }
    const notApplied = find(this, "not-applied", NotApplied);
    notApplied.show(turn ? [...new Set([...notApplied.names, ...not_applied])] : not_applied);
  }

  /** @param {ResponseObject} response */
  #end({ error, incomplete_details }) {
    this.outputs.stopCalls();
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
}

customElements.define("chat-response", ChatResponse);
