import { contentOf } from "chat/live/protocol";
import { isSameContent } from "chat/message/message";

/**
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/thread/branch").Branch} Branch
 */

/** A message that the page shows before the server has accepted it, and the responses that it replaced. */
export class PendingMessage {
  #branch;
  /** @type {ChatResponse[]} */ #replaced = [];
  #replacedEnd = "";

  /** @param {Branch} branch */
  constructor(branch) {
    this.#branch = branch;
  }

  /**
   * Show a message at the end, or in place of the one that continues the same response. One that belongs to another
   * branch is not shown. Return whether it is shown.
   *
   * @param {CreateCommand} command
   */
  show({ client_message_id, previous_response_id, input }) {
    const branch = this.#branch;
    const previous = previous_response_id ?? "";
    const beside = branch.continuing(previous);
    if (!beside && (previous !== branch.lastAccepted || branch.end)) return false;
    const response = branch.append(previous);
    response.dataset.clientMessageId = client_message_id;
    response.content = contentOf(input);
    if (beside) this.#replace(beside, response);
    return true;
  }

  /**
   * @param {ChatResponse} beside
   * @param {ChatResponse} response
   */
  #replace(beside, response) {
    const { responses, end } = this.#branch;
    response.versions.place(beside.versions.isOfMessage || !isSameContent(beside.content, response.content));
    response.versions.show(beside.versions.ids, "");
    this.#replaced = responses.slice(responses.indexOf(beside), -1);
    this.#replacedEnd = end;
    for (const replaced of this.#replaced) replaced.remove();
    this.#branch.end = "";
  }

  /**
   * Find the message with this id if the server has not accepted it yet.
   *
   * @param {string} clientMessageId
   */
  find(clientMessageId) {
    return this.#branch.byMessage(clientMessageId, false);
  }

  /**
   * Remove the message and put back what it replaced. Return the response in whose place it stood, if any.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    const response = this.find(clientMessageId);
    const [beside] = this.#replaced;
    if (response) beside?.versions.show(response.versions.ids, beside.responseId);
    response?.replaceWith(...this.#replaced);
    if (beside) this.#branch.end = this.#replacedEnd;
    this.#replaced = [];
    return beside;
  }

  /** Forget what the message replaced, because the server has accepted it. */
  settle() {
    this.#replaced = [];
  }

  /**
   * Find a response that the message replaced, and that may come back.
   *
   * @param {string} id
   */
  replaced(id) {
    return this.#replaced.find(({ outputs }) => outputs.ids.includes(id));
  }
}
