import { ChatResponse } from "chat/answer/response";
import { gettext } from "chat/lib/translations";
import { PREPARING, SENT } from "chat/live/outbox";
import { QuestionEditor } from "chat/question/editor";

/**
 * @typedef {import("chat/live/outbox").Outbox} Outbox
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/page/temporary-mode").TemporaryMode} TemporaryMode
 * @typedef {import("chat/question/composer").ChatComposer} ChatComposer
 * @typedef {import("chat/thread/thread").ChatThread} ChatThread
 */

/** Brings what is asked on the page into the outbox, and shows what becomes of it. */
export class Asking {
  #thread;
  #composer;
  #temporary;
  #outbox;

  /** @param {{thread: ChatThread, composer: ChatComposer, temporary: TemporaryMode, outbox: Outbox}} parts */
  constructor({ thread, composer, temporary, outbox }) {
    this.#thread = thread;
    this.#composer = composer;
    this.#temporary = temporary;
    this.#outbox = outbox;
  }

  /** Go on with what was on its way when the page was left. */
  resume() {
    const { command } = this.#outbox;
    const stored = command && this.#thread.acceptedAs(command);
    if (stored) this.#accept(command.client_message_id, stored);
    else if (command?.temporary) this.#temporary.choose(true);
    if (command && this.#outbox.state === SENT) this.#thread.showPending(command);
    if (this.#outbox.state === PREPARING) this.#sendPrepared();
    this.showBusy();
  }

  /**
   * Ask at the end of the branch, which comes into the page first if the reader is far from it.
   *
   * @param {Part[]} content
   */
  atEnd(content) {
    this.#outbox.prepare(content, this.#thread.conversation);
    this.#sendPrepared();
  }

  async #sendPrepared() {
    this.showBusy();
    try {
      await this.#thread.showEnd();
    } catch (error) {
      this.#composer.restore(this.#outbox.withdraw(), error instanceof Error ? error.message : String(error));
    }
    if (this.#outbox.state === PREPARING) this.#send(this.#outbox.content, this.#thread.lastAccepted);
    this.showBusy();
  }

  /**
   * Ask in the place of a response: the same once more, or the question as it was edited.
   *
   * @param {Event} event the response's own, or its editor's
   * @param {Part[]} content
   */
  beside({ target }, content) {
    const response = target instanceof Element && target.closest("chat-response");
    if (!(response instanceof ChatResponse)) return;
    if (this.#outbox.isBusy) {
      this.#composer.showError(gettext("Your last message is still being sent. Try again in a moment."));
      return;
    }
    this.#send(content, response.previous);
    // What had the focus is gone.
    if (target instanceof QuestionEditor) this.#composer.focusField();
    else this.#thread.log.focus();
  }

  /**
   * @param {Part[]} content
   * @param {string} previous the id of the response that it continues; empty for a first question
   */
  #send(content, previous) {
    const { conversation } = this.#thread;
    const isTemporary = this.#temporary.isOn && !conversation;
    this.#thread.showPending(this.#outbox.send({ conversation, previous: previous || null, content, isTemporary }));
    this.showBusy();
  }

  /** Stop the answer that is coming, or the one to the question on its way. */
  stop() {
    this.#outbox.stop(this.#thread.last?.responseId ?? "");
  }

  /**
   * Notice whether an event is about the question on its way, before the thread shows it.
   *
   * @param {ResponseEvent} event
   */
  receive({ response, response_id }) {
    this.#accept(response?.metadata?.client_message_id, response_id);
  }

  /**
   * @param {string | null | undefined} clientMessageId
   * @param {string} responseId
   */
  #accept(clientMessageId, responseId) {
    const stored = this.#outbox.accept(clientMessageId, responseId);
    if (stored) this.#composer.clear(stored);
  }

  /** @param {ErrorEvent} error */
  refuse({ code, message, client_message_id }) {
    const content = this.#outbox.refuse(client_message_id, code);
    const beside = content && this.#thread.takeBack(client_message_id ?? "");
    if (beside) beside.edit(content, message);
    else if (content) this.#composer.restore(content, message);
    else this.#composer.showError(message);
  }

  /** Let the composer offer to stop while an answer or a question is on its way, else to send. */
  showBusy() {
    this.#composer.busy = this.#outbox.isBusy || (this.#thread.last?.isRunning ?? false);
  }
}
