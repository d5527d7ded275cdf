import { showCompaction } from "chat/answer/compaction";
import { find } from "chat/lib/dom";
import { settled } from "chat/lib/frame-budget";
import { contentOf, FOLLOW, QUEUED } from "chat/live/protocol";
import { isSameContent } from "chat/message/message";
import { Branch } from "chat/thread/branch";
import { ThreadPages } from "chat/thread/pages";
import { PendingMessage } from "chat/thread/pending-message";
import { placeIn, scrollToPlace } from "chat/thread/place";
import { ScrollPosition } from "chat/thread/scroll-position";

/**
 * @typedef {import("chat/message/editor").MessageEditor} MessageEditor
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").FollowCommand} FollowCommand
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 * @typedef {import("chat/thread/place").Place} Place
 */

/**
 * One branch of a conversation, or consecutive turns of it, oldest first. More are loaded as the reader comes near them;
 * the end is kept in view while the reader is there.
 *
 * Events: `behind`, when loaded turns may be out of date, because events came meanwhile.
 */
export class ChatThread extends HTMLElement {
  #branch = new Branch(this);
  #pending = new PendingMessage(this.#branch);
  /** @type {ScrollPosition | undefined} */ #scrollPosition;
  /** @type {ThreadPages | undefined} */ #pages;

  connectedCallback() {
    const { log } = this;
    const branch = this.#branch;
    const toEnd = find(this, ".to-end", HTMLButtonElement);
    const scrollPosition = new ScrollPosition(log, branch.list, () => {
      toEnd.hidden = !scrollPosition.isFarFromEnd && !branch.end;
    });
    this.#scrollPosition = scrollPosition;
    this.#pages = new ThreadPages(log, branch, scrollPosition, () => this.dispatchEvent(new Event("behind")));
    toEnd.onclick = () => this.#jumpToEnd();
    this.addEventListener("found", () => scrollPosition.leaveEnd());
  }

  get log() {
    return find(this, ".log", HTMLElement);
  }

  /** @returns {string | null} null for a new conversation */
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

  /**
   * Return whether the branch's end is in the page, and this response is on the branch.
   *
   * @param {string} id empty for any
   */
  endsAfter(id) {
    return !this.#branch.end && (!id || this.#branch.byId(id) !== undefined);
  }

  /** Edit the last message, if it is in the page and the server has accepted it. */
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
    const unended = this.#branch.all.filter((response) => response.responseId && !response.hasEnded);
    const seen = Object.fromEntries(unended.flatMap(({ outputs }) => outputs.unended));
    return { type: FOLLOW, conversation, after: this.newest || null, seen };
  }

  /**
   * Return the id of the response that the server created for this message; empty if none is shown.
   *
   * @param {CreateCommand} command
   */
  acceptedAs({ client_message_id }) {
    return this.#branch.byMessage(client_message_id, true)?.responseId ?? "";
  }

  /**
   * Show a message that the server has not accepted yet, if it belongs to this branch.
   *
   * @param {CreateCommand} command
   */
  showPending(command) {
    if (!this.#pending.show(command)) return;
    this.#pages?.update();
    this.#scrollPosition?.toEnd();
  }

  /**
   * Remove a message that the server has refused. Return the response in whose place it stood, if any.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    const beside = this.#pending.takeBack(clientMessageId);
    this.toggleAttribute("data-empty", !this.last);
    this.#pages?.update();
    return beside;
  }

  /**
   * Apply an event to the response that it is about, if that is shown.
   *
   * @param {ResponseEvent} event
   */
  receive(event) {
    if (event.type === QUEUED && event.response) this.#place(event.response);
    const shown = this.#branch.byId(event.response_id) ?? this.#pending.replaced(event.response_id);
    shown?.apply(event);
    const compacted = event.compaction && this.#branch.byId(event.compaction.response_id);
    if (event.compaction && compacted) showCompaction(compacted, event.compaction);
  }

  /** Show the last turns of the branch. Rejects with an Error whose message is a sentence for the person. */
  async showEnd() {
    await this.#pages?.showEnd();
  }

  /** Print the whole conversation: all turns of the branch, drawn to their end. */
  async print() {
    await this.#pages?.showAll();
    await settled();
    window.print();
  }

  /** Where the reader is; null at the end, where a conversation is opened. @returns {Place | null} */
  get place() {
    return this.#scrollPosition?.isAtEnd && !this.#branch.end ? null : placeIn(this.log);
  }

  /** Return to a place, unless a message is being edited, which comes first. @param {Place} place */
  returnTo(place) {
    const response = this.#branch.byId(place.response);
    if (!response || this.querySelector("message-editor")) return;
    scrollToPlace(this.log, response, place, settled());
    this.#scrollPosition?.leaveEnd();
  }

  /**
   * Give a newly stored response its element: the pending message's, or a new one if it continues the last response. If
   * it is another version of a response that is shown, add it to that one's versions. Ignore other branches.
   *
   * @param {ResponseObject} response
   */
  #place({ id, turn, conversation, previous_response_id, metadata, versions, input, comparison }) {
    const branch = this.#branch;
    if (turn) {
      return branch.addStep(id, previous_response_id ?? "", branch.byId(turn) ?? this.#pending.replaced(turn));
    }
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
    if (beside && beside === branch.last && comparison && beside.dataset.comparison === comparison)
      branch.addBeside(id);
    const shown = placed ?? beside;
    if (!placed && beside) {
      beside.versions.place(beside.versions.isOfMessage || !isSameContent(contentOf(input ?? []), beside.content));
    }
    shown?.versions.show(versions ?? [...shown.versions.ids, id], shown.responseId);
  }

  async #jumpToEnd() {
    try {
      await this.showEnd();
    } catch {
      // Scroll to the end of what is loaded; more is loaded from there once that is possible.
    }
    this.#scrollPosition?.toEnd();
  }

  /** Scroll to the response that the URL names, unless that is still running. Call this once, when all is in the page. */
  scrollToNamed() {
    const query = new URLSearchParams(location.search);
    // A message that was being edited when the page was left comes first.
    const editor = /** @type {MessageEditor | null} */ (this.querySelector("message-editor"));
    editor?.field.focus();
    const named = this.#branch.byId(editor?.dataset.response ?? query.get("at") ?? query.get("response") ?? "");
    if (this.#branch.end) this.#scrollPosition?.leaveEnd();
    if (!named || named.isRunning) return;
    named.scrollIntoView();
    this.#scrollPosition?.leaveEnd();
  }
}

customElements.define("chat-thread", ChatThread);
