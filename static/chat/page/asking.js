import { ChatResponse } from "chat/answer/response";
import { announce } from "chat/lib/announcer";
import { gettext } from "chat/lib/translations";
import { PREPARING, SENT } from "chat/live/outbox";
import { MessageEditor } from "chat/message/editor";

/**
 * @typedef {import("chat/live/outbox").Outbox} Outbox
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/page/temporary-mode").TemporaryMode} TemporaryMode
 * @typedef {import("chat/message/composer").ChatComposer} ChatComposer
 * @typedef {import("chat/thread/thread").ChatThread} ChatThread
 */

/** A controller that moves messages from the page's forms through the outbox into the thread. */
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

  /** Resume sending a message that was on its way when the page was left. */
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
   * Send a message at the end of the branch. Its last turns are loaded first if they are not in the page.
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
   * Send a message in place of another one: the same again, or an edited one.
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
    // The element that had the focus is gone.
    if (target instanceof MessageEditor) this.#composer.focusField();
    else this.#thread.log.focus();
  }

  /**
   * @param {Part[]} content
   * @param {string} previous the id of the response that it continues; empty for a first message
   */
  #send(content, previous) {
    const { conversation } = this.#thread;
    const isTemporary = this.#temporary.isOn && !conversation;
    this.#thread.showPending(this.#outbox.send({ conversation, previous: previous || null, content, isTemporary }));
    for (const line of this.#thread.last?.querySelectorAll(".unsent") ?? [])
      if (line.checkVisibility()) announce(line.textContent ?? "");
    this.showBusy();
  }

  /** Stop the running answer, or the answer to the message that is on its way. */
  stop() {
    this.#outbox.stop(this.#thread.last?.responseId ?? "");
  }

  /**
   * Accept the message on its way if this event is about it. Call this before the thread shows the event.
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

  /**
   * Show why a command was refused, and give back the content of a refused message.
   *
   * @param {ErrorEvent} error
   */
  refuse({ code, message, client_message_id }) {
    const content = this.#outbox.refuse(client_message_id, code);
    const beside = content && this.#thread.takeBack(client_message_id ?? "");
    if (beside) beside.edit(content, message);
    else if (content) this.#composer.restore(content, message);
    else this.#composer.showError(message);
  }

  /** Show the composer's stop button while a message is on its way or an answer is running; otherwise, the send button. */
  showBusy() {
    // Its message would be about an answer that isn't there.
    if (this.#thread.last?.dataset.status === "failed") this.#composer.cancelWaiting();
    this.#composer.busy = this.#outbox.isBusy || (this.#thread.last?.isRunning ?? false);
  }
}
