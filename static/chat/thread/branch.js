import { TurnOutputs } from "chat/answer/outputs";
import { ChatResponse } from "chat/answer/response";
import { conversationUrl } from "chat/lib/address";
import { find, fromTemplate } from "chat/lib/dom";

/**
 * The part of a branch that is in the page: consecutive responses, oldest first. Facts about the whole branch are in the
 * thread's data attributes, which the server renders.
 */
export class Branch {
  #thread;

  /** @param {HTMLElement} thread */
  constructor(thread) {
    this.#thread = thread;
  }

  /** The element that contains the responses. */
  get list() {
    return find(this.#thread, ".responses", HTMLElement);
  }

  /** The responses of the branch that are in the page. */
  get responses() {
    return this.all.filter((response) => response.dataset.beside === undefined);
  }

  /** The same, and the answers that stand beside the last one to be compared with it. */
  get all() {
    return /** @type {ChatResponse[]} */ ([...this.list.children]);
  }

  /** @returns {ChatResponse | null} the first one in the page */
  get first() {
    return /** @type {ChatResponse | null} */ (this.list.firstElementChild);
  }

  /** @returns {ChatResponse | null} the last one in the page, accepted by the server or not */
  get last() {
    return this.responses.at(-1) ?? null;
  }

  /** @returns {string | null} null for a new conversation */
  get conversation() {
    return this.#thread.dataset.conversation || null;
  }

  set conversation(/** @type {string} */ id) {
    this.#thread.dataset.conversation = id;
  }

  /** The id of the branch's last response if that is not in the page; else empty. */
  get end() {
    return this.#thread.dataset.end ?? "";
  }

  set end(id) {
    this.#thread.dataset.end = id;
  }

  /** The id of the conversation's newest response, on any branch; empty for none. */
  get newest() {
    return this.#thread.dataset.newest ?? "";
  }

  set newest(id) {
    this.#thread.dataset.newest = id;
  }

  /** The id of the branch's last response that the server has accepted; empty for none. */
  get lastAccepted() {
    return this.end || (this.responses.findLast((response) => response.responseId)?.outputs.lastId ?? "");
  }

  /**
   * Find the turn that has the response with this id.
   *
   * @param {string} id
   */
  byId(id) {
    // Events come many times a second, so the time for this must not grow with the conversation.
    const found = TurnOutputs.turnOf(id);
    return found instanceof ChatResponse ? found : undefined;
  }

  /**
   * Find the response that continues this one.
   *
   * @param {string} previous the id of the response that it continues; empty for a first message
   */
  continuing(previous) {
    return this.responses.find((response) => response.previous === previous);
  }

  /**
   * Find the response to the message with this id.
   *
   * @param {string} clientMessageId
   * @param {boolean} isAccepted whether the server has accepted it
   */
  byMessage(clientMessageId, isAccepted) {
    return this.responses.find(
      ({ responseId, dataset }) => Boolean(responseId) === isAccepted && dataset.clientMessageId === clientMessageId,
    );
  }

  /**
   * Add an empty response at the end.
   *
   * @param {string} previous the id of the response that it continues; empty for a first message
   */
  append(previous) {
    this.#endComparison();
    const response = fromTemplate("#response-template", ChatResponse);
    response.dataset.previous = previous;
    this.list.append(response);
    this.#thread.removeAttribute("data-empty");
    return response;
  }

  /**
   * Add a step to its turn.
   *
   * @param {string} id
   * @param {string} previous the id of the response that it continues
   * @param {ChatResponse | undefined} turn undefined if that isn't in the page
   */
  addStep(id, previous, turn) {
    if (turn?.outputs.of(id)) return;
    turn?.outputs.add(id);
    const isEnd = this.end !== "" && this.end === previous;
    if (turn || isEnd) this.newest = id;
    if (isEnd) this.end = id;
  }

  /**
   * Add a response beside the last one, to be compared with it.
   *
   * @param {string} id
   */
  addBeside(id) {
    const { last } = this;
    if (!last) return;
    const response = fromTemplate("#response-template", ChatResponse);
    response.dataset.previous = last.previous;
    response.responseId = id;
    response.dataset.beside = "";
    for (const compared of [last, response]) compared.dataset.compared = "";
    find(response, ".continue-here", HTMLAnchorElement).href =
      `${conversationUrl(this.conversation ?? "")}?response=${id}`;
    this.list.append(response);
    this.#thread.dataset.compared = String(this.all.length - this.responses.length + 1);
  }

  /** The branch goes on: leave the one answer that it goes on with. */
  #endComparison() {
    delete this.#thread.dataset.compared;
    for (const response of this.all) {
      delete response.dataset.compared;
      if (response.dataset.beside !== undefined) response.remove();
    }
  }
}
