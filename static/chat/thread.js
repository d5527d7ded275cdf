import { find, fromTemplate } from "chat/dom";
import { contentOf, FOLLOW, QUEUED } from "chat/protocol";
import { ChatResponse } from "chat/response";

/**
 * @typedef {import("chat/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/protocol").FollowCommand} FollowCommand
 * @typedef {import("chat/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/protocol").ResponseObject} ResponseObject
 */

/** How far from the end, in pixels, a reader still counts as being there. */
const NEAR = 40;

/** One branch of a conversation, oldest question first; it stays at the end while the reader is at the end. */
export class ChatThread extends HTMLElement {
  #isAtEnd = true;
  #scrollTop = 0;
  /** @type {ChatResponse[]} what a question that the server has not taken yet stands in the place of */
  #former = [];

  connectedCallback() {
    const { log, toEnd } = this;
    log.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    new ResizeObserver(() => this.#keepUp()).observe(this.responses);
    new ResizeObserver(() => this.#keepUp()).observe(log);
    toEnd.onclick = () => this.scrollToEnd();
    this.#scrollToNamed();
  }

  get log() {
    return find(this, ".log", HTMLElement);
  }

  get responses() {
    return find(this, ".responses", HTMLElement);
  }

  get toEnd() {
    return find(this, ".to-end", HTMLButtonElement);
  }

  /** @returns {string | null} null for a conversation that begins with its first question */
  get conversation() {
    return this.dataset.conversation || null;
  }

  /** @returns {ChatResponse | undefined} the last one, taken by the server or not */
  get last() {
    return this.#all.at(-1);
  }

  /** The id of the last one that the server has taken; empty for none. */
  get lastTaken() {
    return this.#all.findLast((response) => response.responseId)?.responseId ?? "";
  }

  /** The id of the conversation's newest response, on whatever branch; empty for none. */
  get newest() {
    return this.dataset.newest ?? "";
  }

  /**
   * The command that brings this thread up to date.
   *
   * @param {string} conversation
   * @returns {FollowCommand}
   */
  followCommand(conversation) {
    const running = this.#all.filter((response) => response.responseId && response.isRunning);
    const seen = Object.fromEntries(running.map((response) => [response.responseId, response.sequenceNumber]));
    return { type: FOLLOW, conversation, after: this.newest || null, seen };
  }

  /**
   * Whether this question is shown as one that the server has taken.
   *
   * @param {CreateCommand} command
   */
  hasTaken({ client_message_id }) {
    return this.#all.some(({ responseId, dataset }) => responseId && dataset.clientMessageId === client_message_id);
  }

  /**
   * Shows a question before the server has taken it: at the end, or in the place of the one that continues the same
   * response. One that belongs to another branch is not shown.
   *
   * @param {CreateCommand} command
   */
  showAsked({ client_message_id, previous_response_id, input }) {
    const previous = previous_response_id ?? "";
    const beside = this.#continuing(previous);
    if (!beside && previous !== this.lastTaken) return;
    const response = this.#append(previous);
    response.dataset.clientMessageId = client_message_id;
    response.content = contentOf(input);
    if (beside) {
      response.versions.show(beside.versions.ids, "");
      this.#former = this.#all.slice(this.#all.indexOf(beside), -1);
      for (const former of this.#former) former.remove();
    }
    this.scrollToEnd();
  }

  /**
   * Takes back a question that the server has refused. Returns the response in whose place it stood, if it did.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    const asked = this.#asked(clientMessageId);
    const [beside] = this.#former;
    if (asked) beside?.versions.show(asked.versions.ids, beside.responseId);
    asked?.replaceWith(...this.#former);
    this.#former = [];
    return beside;
  }

  /** @param {ResponseEvent} event */
  receive(event) {
    if (event.type === QUEUED && event.response) this.#place(event.response);
    this.#byId(event.response_id)?.apply(event);
  }

  scrollToEnd() {
    this.#isAtEnd = true;
    this.#keepUp();
  }

  /**
   * Gives a response that was just stored its element: the question shown here, or a new one where it goes on from
   * what is shown. One beside a response that is shown is counted there. Other branches are not shown.
   *
   * @param {ResponseObject} response
   */
  #place({ id, conversation, previous_response_id, metadata }) {
    const asked = this.#asked(metadata?.client_message_id ?? "");
    if (asked) this.dataset.conversation = conversation.id;
    if (conversation.id !== this.conversation || this.#byId(id)) return;
    this.dataset.newest = id;
    const previous = previous_response_id ?? "";
    const beside = this.#continuing(previous);
    const placed = asked ?? (!beside && previous === this.lastTaken ? this.#append(previous) : undefined);
    if (placed) placed.dataset.id = id;
    if (asked) this.#former = [];
    const shown = placed ?? beside;
    shown?.versions.show([...shown.versions.ids, id], shown.responseId);
  }

  /** @param {string} previous the id of the response that it continues; empty for a first question */
  #append(previous) {
    const response = fromTemplate("#response-template", ChatResponse);
    response.dataset.previous = previous;
    this.responses.append(response);
    return response;
  }

  /** @param {string} previous */
  #continuing(previous) {
    return this.#all.find((response) => response.previous === previous);
  }

  /** @param {string} id */
  #byId(id) {
    return [...this.#all, ...this.#former].find((response) => response.responseId === id);
  }

  /** @param {string} clientMessageId */
  #asked(clientMessageId) {
    return this.#all.find(({ responseId, dataset }) => !responseId && dataset.clientMessageId === clientMessageId);
  }

  get #all() {
    return /** @type {ChatResponse[]} */ ([...this.responses.children]);
  }

  /** Begins at the response that the address names, unless that is still being answered. */
  #scrollToNamed() {
    const named = this.#byId(new URLSearchParams(location.search).get("response") ?? "");
    if (!named || named.isRunning) return;
    this.#isAtEnd = false;
    named.scrollIntoView();
  }

  #noteScroll() {
    const { scrollHeight, scrollTop, clientHeight } = this.log;
    const isNear = scrollHeight - scrollTop - clientHeight < NEAR;
    // What grows below moves the end away from a reader; only one who scrolls up leaves it.
    this.#isAtEnd = isNear || (this.#isAtEnd && scrollTop >= this.#scrollTop);
    this.#scrollTop = scrollTop;
    this.toEnd.hidden = this.#isAtEnd;
  }

  #keepUp() {
    if (this.#isAtEnd) this.log.scrollTop = this.log.scrollHeight;
    this.#noteScroll();
  }
}

customElements.define("chat-thread", ChatThread);
