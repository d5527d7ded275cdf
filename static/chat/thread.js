import { find, fromTemplate } from "chat/dom";
import { FOLLOW, QUEUED } from "chat/protocol";
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

  connectedCallback() {
    const { log, toEnd } = this;
    log.addEventListener("scroll", () => this.#noteScroll(), { passive: true });
    new ResizeObserver(() => this.#keepUp()).observe(this.responses);
    new ResizeObserver(() => this.#keepUp()).observe(log);
    toEnd.onclick = () => this.scrollToEnd();
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

  /** @returns {ChatResponse | null} the newest one, taken by the server or not */
  get newest() {
    return /** @type {ChatResponse | null} */ (this.responses.lastElementChild);
  }

  /** @returns {ChatResponse | undefined} the newest one that the server has taken */
  get newestTaken() {
    return this.#all.findLast((response) => response.responseId);
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
    return { type: FOLLOW, conversation, after: this.newestTaken?.responseId ?? null, seen };
  }

  /**
   * Shows a question before the server has taken it.
   *
   * @param {CreateCommand} command
   */
  showAsked({ client_message_id, input }) {
    const response = fromTemplate("#response-template", ChatResponse);
    response.dataset.clientMessageId = client_message_id;
    response.question = input;
    this.responses.append(response);
    this.scrollToEnd();
  }

  /**
   * Takes back a question that the server has refused.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    this.#asked(clientMessageId)?.remove();
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
   * what is shown. Other branches are not shown.
   *
   * @param {ResponseObject} response
   */
  #place({ id, conversation, previous_response_id, metadata }) {
    const asked = this.#asked(metadata?.client_message_id ?? "");
    if (this.#byId(id)) {
      asked?.remove();
    } else if (asked) {
      this.dataset.conversation = conversation.id;
      asked.dataset.id = id;
      delete asked.dataset.clientMessageId;
    } else if (
      conversation.id === this.conversation &&
      previous_response_id === (this.newestTaken?.responseId ?? null)
    ) {
      const added = fromTemplate("#response-template", ChatResponse);
      added.dataset.id = id;
      // Before a question of one's own that is still on its way.
      if (this.newestTaken) this.newestTaken.after(added);
      else this.responses.prepend(added);
    }
  }

  /** @param {string} id */
  #byId(id) {
    return this.#all.find((response) => response.responseId === id);
  }

  /** @param {string} clientMessageId */
  #asked(clientMessageId) {
    return this.#all.find((response) => response.dataset.clientMessageId === clientMessageId);
  }

  get #all() {
    return /** @type {ChatResponse[]} */ ([...this.responses.children]);
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
