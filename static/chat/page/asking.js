import { ChatResponse } from "chat/answer/response";
import { announce } from "chat/lib/announcer";
import { glide } from "chat/lib/glide";
import { gettext } from "chat/lib/translations";
import { uuid } from "chat/lib/uuid";
import { PREPARING, SENT } from "chat/live/outbox";
import { MessageEditor } from "chat/message/editor";
import { Queueing } from "chat/page/queueing";

/**
 * @typedef {import("chat/live/outbox").Outbox} Outbox
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/queue").MessageQueue} MessageQueue
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
  #queueing;

  /**
   * @param {object} parts
   * @param {ChatThread} parts.thread
   * @param {ChatComposer} parts.composer
   * @param {TemporaryMode} parts.temporary
   * @param {Outbox} parts.outbox
   * @param {MessageQueue} parts.queue
   */
  constructor({ thread, composer, temporary, outbox, queue }) {
    this.#thread = thread;
    this.#composer = composer;
    this.#temporary = temporary;
    this.#outbox = outbox;
    this.#queueing = new Queueing(
      { thread, composer, outbox, queue },
      { send: ({ id, content }) => this.#prepare(content, id), stop: () => this.stop() },
    );
  }

  /** Resume sending the messages that were on their way, or queued, when the page was left. */
  resume() {
    const { command } = this.#outbox;
    const stored = command && this.#thread.acceptedAs(command);
    if (stored) this.#accept(command.client_message_id, stored, this.#thread.conversation);
    else if (command?.temporary) this.#temporary.choose(true);
    if (command && this.#outbox.state === SENT) this.#thread.showPending(command);
    if (this.#outbox.state === PREPARING) this.#sendPrepared();
    this.#queueing.resume();
    this.update();
  }

  /**
   * Send a message at the end of the branch, now or when those before it are answered.
   *
   * @param {Part[]} content
   */
  atEnd(content) {
    if (this.#queueing.mustWait) this.#queueing.add(content);
    else this.#prepare(content);
  }

  /**
   * Send a message at the end of the branch. Its last turns are loaded first if they are not in the page.
   *
   * @param {Part[]} content
   * @param {string} [id] the one under which it is sent, if it has one already
   */
  #prepare(content, id) {
    this.#outbox.prepare(content, this.#thread.conversation, id);
    this.#sendPrepared();
  }

  async #sendPrepared() {
    this.update();
    try {
      await this.#thread.showEnd();
    } catch (error) {
      const { content, id } = this.#outbox.withdraw();
      this.#giveBack(content, error instanceof Error ? error.message : String(error), id);
    }
    if (this.#outbox.state === PREPARING) this.#send(this.#outbox.content, this.#thread.lastAccepted);
    this.update();
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
    this.#send(content, response.previous, this.#composer.wishAgain(response.answeredBy));
    // The element that had the focus is gone.
    if (target instanceof MessageEditor) this.#composer.focusField();
    else this.#thread.log.focus();
  }

  /**
   * @param {Part[]} content
   * @param {string} previous the id of the response that it continues; empty for a first message
   * @param {import("chat/message/choice").Wish} wish what it is answered with
   */
  #send(content, previous, wish = this.#composer.wish) {
    const { conversation } = this.#thread;
    const isTemporary = this.#temporary.isOn && !conversation;
    this.#queueing.follow();
    const message = { conversation, previous: previous || null, content, isTemporary, wish };
    const command = this.#outbox.send(message);
    // The field leaves the middle of the page with the first message.
    if (this.#thread.last) this.#thread.showPending(command);
    else glide(this.#composer, () => this.#thread.showPending(command));
    for (const line of this.#thread.last?.querySelectorAll(".unsent") ?? [])
      if (line.checkVisibility()) announce(line.textContent ?? "");
    this.update();
  }

  /** Stop the running answer, or the answer to the message that is on its way. */
  stop() {
    this.#outbox.stop(this.#thread.last?.outputs.lastId ?? "");
  }

  /**
   * Accept the message on its way if this event is about it. Call this before the thread shows the event.
   *
   * @param {ResponseEvent} event
   */
  receive({ response, response_id }) {
    const id = response?.metadata?.client_message_id;
    if (response && id) this.#accept(id, response_id, response.conversation.id);
  }

  /**
   * @param {string} clientMessageId
   * @param {string} responseId
   * @param {string | null} conversation
   */
  #accept(clientMessageId, responseId, conversation) {
    const { command } = this.#outbox;
    const isOwn = command?.client_message_id === clientMessageId;
    const stored = this.#outbox.accept(clientMessageId, responseId);
    this.#queueing.settle(clientMessageId, responseId, conversation, isOwn);
    if (isOwn) this.#composer.settle(command);
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
    if (!content) this.#composer.showError(message);
    else if (!beside) this.#giveBack(content, message, client_message_id ?? "");
    else {
      this.#queueing.hold("");
      beside.edit(content, message);
    }
  }

  /**
   * Give back a message that wasn't stored: to the message field, or to the queue if another one is being written.
   *
   * @param {Part[]} content
   * @param {string} problem why it wasn't stored, in a sentence
   * @param {string} id under which it was sent; empty if it has none yet
   */
  #giveBack(content, problem, id) {
    if (!this.#composer.isEmpty) return this.#queueing.hold(problem, { id: id || uuid(), content });
    this.#composer.restore(content, problem);
    this.#queueing.hold("");
  }

  /** Show whether there is something to stop, and send the next queued message if it is its turn. */
  update() {
    const { last } = this.#thread;
    // A message on its way doesn't know yet what will answer it.
    if (!last || last.responseId) this.#composer.picker.continued = last?.answeredBy ?? null;
    this.#queueing.update();
  }
}
