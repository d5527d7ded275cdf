import { find } from "chat/lib/dom";
import { FOLLOW, QUEUED } from "chat/live/protocol";
import { Branch } from "chat/thread/branch";
import { ThreadPages } from "chat/thread/pages";
import { PendingQuestion } from "chat/thread/pending-question";
import { ReadingPlace } from "chat/thread/scroll-position";

/**
 * @typedef {import("chat/question/editor").QuestionEditor} QuestionEditor
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").FollowCommand} FollowCommand
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 */

/**
 * Shows one branch of a conversation, or some neighbouring turns of it, oldest question first. More of them come as the
 * reader nears them; the end is kept in sight while the reader is there.
 *
 * Events: `behind`, when turns came that may have missed events while they were on their way.
 */
export class ChatThread extends HTMLElement {
  #branch = new Branch(this);
  #pending = new PendingQuestion(this.#branch);
  /** @type {ReadingPlace | undefined} */ #reading;
  /** @type {ThreadPages | undefined} */ #pages;

  connectedCallback() {
    const { log } = this;
    const branch = this.#branch;
    const toEnd = find(this, ".to-end", HTMLButtonElement);
    const reading = new ReadingPlace(log, branch.list, () => {
      toEnd.hidden = reading.isAtEnd && !branch.end;
    });
    this.#reading = reading;
    this.#pages = new ThreadPages(log, branch, reading, () => this.dispatchEvent(new Event("behind")));
    toEnd.onclick = () => this.#jumpToEnd();
    this.addEventListener("found", () => reading.leaveEnd());
    this.#scrollToNamed();
  }

  get log() {
    return find(this, ".log", HTMLElement);
  }

  /** @returns {string | null} null for a conversation that begins with its first question */
  get conversation() {
    return this.#branch.conversation;
  }

  /** The last response in the page, accepted by the server or not. */
  get last() {
    return this.#branch.last;
  }

  /** The id of the branch's last response that the server has accepted; empty for none. */
  get lastAccepted() {
    return this.#branch.lastAccepted;
  }

  /** The id of the conversation's newest response, on any branch; empty for none. */
  get newest() {
    return this.#branch.newest;
  }

  /** Open the last question to be edited, if it is in the page and the server has it. */
  editLast() {
    const { last, end } = this.#branch;
    if (last?.responseId && !end) last.edit(last.content);
  }

  /**
   * Make the command that brings this thread up to date.
   *
   * @param {string} conversation
   * @returns {FollowCommand}
   */
  followCommand(conversation) {
    const running = this.#branch.responses.filter((response) => response.responseId && response.isRunning);
    const seen = Object.fromEntries(running.map((response) => [response.responseId, response.sequenceNumber]));
    return { type: FOLLOW, conversation, after: this.newest || null, seen };
  }

  /**
   * Return the id of the response that the server made for this question; empty if none is shown.
   *
   * @param {CreateCommand} command
   */
  acceptedAs({ client_message_id }) {
    return this.#branch.byQuestion(client_message_id, true)?.responseId ?? "";
  }

  /**
   * Show a question that the server has not accepted yet, if it belongs to this branch.
   *
   * @param {CreateCommand} command
   */
  showPending(command) {
    if (!this.#pending.show(command)) return;
    this.#pages?.update();
    this.scrollToEnd();
  }

  /**
   * Take back a question that the server has refused. Return the response in whose place it stood, if any.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    const beside = this.#pending.takeBack(clientMessageId);
    this.#pages?.update();
    return beside;
  }

  /** @param {ResponseEvent} event */
  receive(event) {
    if (event.type === QUEUED && event.response) this.#place(event.response);
    const shown = this.#branch.byId(event.response_id) ?? this.#pending.replaced(event.response_id);
    shown?.apply(event);
  }

  /** Show the last turns of the branch. Rejects with an Error whose message is a sentence for the person. */
  async showEnd() {
    await this.#pages?.showEnd();
  }

  scrollToEnd() {
    this.#reading?.toEnd();
  }

  /**
   * Give a response that was just stored its element: the pending question, or a new one if it continues what is shown.
   * One beside a response that is shown is counted there. Other branches are not shown.
   *
   * @param {ResponseObject} response
   */
  #place({ id, conversation, previous_response_id, metadata, versions }) {
    const branch = this.#branch;
    const pending = this.#pending.find(metadata?.client_message_id ?? "");
    if (pending) branch.conversation = conversation.id;
    if (conversation.id !== branch.conversation || branch.byId(id) || this.#pending.replaced(id)) return;
    branch.newest = id;
    const previous = previous_response_id ?? "";
    const beside = branch.continuing(previous);
    const isNext = !beside && previous === branch.lastAccepted;
    if (isNext && branch.end) branch.end = id;
    const placed = pending ?? (isNext && !branch.end ? branch.append(previous) : undefined);
    if (placed) placed.responseId = id;
    if (pending) this.#pending.settle();
    const shown = placed ?? beside;
    shown?.versions.show(versions ?? [...shown.versions.ids, id], shown.responseId);
  }

  async #jumpToEnd() {
    try {
      await this.showEnd();
    } catch {
      // Then to the end of what is here, below which more is loaded once that can be.
    }
    this.scrollToEnd();
  }

  /** Begin at the response that the address names, unless that is still being answered. */
  #scrollToNamed() {
    const address = new URLSearchParams(location.search);
    // Whoever was editing when the page was left goes on with that.
    const editor = /** @type {QuestionEditor | null} */ (this.querySelector("question-editor"));
    editor?.field.focus();
    const named = this.#branch.byId(editor?.dataset.response ?? address.get("at") ?? address.get("response") ?? "");
    if (this.#branch.end) this.#reading?.leaveEnd();
    if (!named || named.isRunning) return;
    named.scrollIntoView();
    this.#reading?.leaveEnd();
  }
}

customElements.define("chat-thread", ChatThread);
