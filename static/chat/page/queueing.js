import { announce } from "chat/lib/announcer";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";
import { HELD, HOLD, MAX_QUEUED, SEND, URGENT } from "chat/live/queue";

/**
 * @typedef {import("chat/live/outbox").Outbox} Outbox
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/queue").MessageQueue} MessageQueue
 * @typedef {import("chat/live/queue").QueuedMessage} QueuedMessage
 * @typedef {import("chat/message/composer").ChatComposer} ChatComposer
 * @typedef {import("chat/thread/thread").ChatThread} ChatThread
 */

/** Why messages are held after an answer with this status. @type {Record<string, string>} */
const REASONS = {
  cancelled: gettext("Waiting, because the answer was stopped."),
  failed: gettext("Waiting, because the answer failed."),
  incomplete: gettext("Waiting, because the answer was cut off."),
};

/** A controller that shows the queued messages below the message field, and hands each over when it is its turn. */
export class Queueing {
  #thread;
  #composer;
  #outbox;
  #queue;
  #send;
  #stop;

  /**
   * @param {{thread: ChatThread, composer: ChatComposer, outbox: Outbox, queue: MessageQueue}} parts
   * @param {object} callbacks
   * @param {(message: QueuedMessage) => void} callbacks.send sends a message at the end of the branch
   * @param {() => void} callbacks.stop stops the running answer, or the one to the message on its way
   */
  constructor({ thread, composer, outbox, queue }, { send, stop }) {
    this.#thread = thread;
    this.#composer = composer;
    this.#outbox = outbox;
    this.#queue = queue;
    this.#send = send;
    this.#stop = stop;
    const list = composer.queued;
    list.addEventListener("urge", (event) => this.#urge(messageOf(event).id));
    list.addEventListener("remove", (event) => this.#remove(messageOf(event).id));
    list.addEventListener("save", (event) => this.#saveEdit(messageOf(event)));
    list.addEventListener("settled", () => this.update());
  }

  /** Whether a message is on its way, or an answer is running or waits for the person. */
  get isBusy() {
    return this.#outbox.isBusy || this.#thread.last?.hasEnded === false;
  }

  /** Whether a message that is sent at the end of the branch has to wait, for an answer or behind others. */
  get mustWait() {
    return this.isBusy || this.#next === SEND;
  }

  /** Go on where the page was when it was left. */
  resume() {
    this.update();
    if (this.#queue.state === URGENT && this.isBusy) this.#stop();
  }

  /** @param {Part[]} content */
  add(content) {
    this.#queue.add(content, this.#outbox.isBusy ? "" : this.#thread.lastAccepted);
    announce(gettext("Will be sent when the answer is complete."));
    this.update();
  }

  /** Note that another message is about to be sent. The queued ones follow it if they belong to the same branch. */
  follow() {
    if (this.#isHere) this.#queue.follow();
  }

  /**
   * Note that a message was stored.
   *
   * @param {string} id the message's
   * @param {string} response the id of the response to it
   * @param {string | null} conversation
   * @param {boolean} isOwn whether it is the one on its way
   */
  settle(id, response, conversation, isOwn) {
    // If the browser has duplicated the tab, and the queue with it, another tab may have sent it.
    this.#queue.remove(id);
    if (isOwn) this.#queue.settle(response, conversation);
  }

  /**
   * Hold the messages, because one before them wasn't stored.
   *
   * @param {string} problem why, in a sentence
   * @param {QueuedMessage} [message] that one, if it shall be the first of them
   */
  hold(problem, message) {
    this.#queue.hold(problem, message);
  }

  /** Show what can be done now, and send the next message if it is its turn. */
  update() {
    const { queued } = this.#composer;
    this.#composer.show(this.isBusy, this.#queue.messages.length >= MAX_QUEUED);
    const [first] = this.#queue.messages;
    const isEdited = first !== undefined && queued.isEditing(first.id);
    const next = this.#next;
    if (next === SEND && !isEdited) {
      announce(gettext("Sending your next message."));
      return this.#send(this.#queue.take());
    }
    queued.show(this.#queue.messages, this.#reason(next), next === HOLD);
  }

  /**
   * Return for what the messages wait, in a sentence.
   *
   * @param {string} next
   */
  #reason(next) {
    if (next === SEND) return gettext("Will be sent when you have saved the first one.");
    if (next !== HOLD) return gettext("Will be sent when the answer is complete.");
    const isRefused = this.#queue.state === HELD;
    if (!isRefused && !this.#isHere) return gettext("Waiting for an answer that isn't shown here.");
    const reason = isRefused ? this.#queue.problem : REASONS[this.#thread.last?.dataset.status ?? ""];
    return reason || gettext("Waiting, because the message before wasn't sent.");
  }

  /** @param {string} id */
  #urge(id) {
    this.#queue.urge(id);
    if (this.isBusy) this.#stop();
    this.#composer.focusField();
    this.update();
  }

  /** @param {string} id */
  #remove(id) {
    const index = this.#queue.messages.findIndex((message) => message.id === id);
    const message = this.#queue.messages[index];
    if (!message) return;
    this.#queue.remove(id);
    this.#composer.focusField();
    this.update();
    toast().show(gettext("The message won't be sent."), gettext("Undo"), () => {
      this.#queue.insert(message, index);
      this.update();
    });
  }

  /** @param {QueuedMessage} message */
  #saveEdit({ id, content }) {
    this.#queue.edit(id, content);
    this.#composer.focusField();
    this.update();
  }

  get #next() {
    const status = this.#thread.last?.dataset.status;
    return this.#queue.next({ isBusy: this.isBusy, isHere: this.#isHere, status });
  }

  /** Whether the page shows the end of the branch on which the first message waits. */
  get #isHere() {
    return this.#thread.endsAfter(this.#queue.after);
  }
}

/**
 * @param {Event} event
 * @returns {QueuedMessage}
 */
const messageOf = (event) => /** @type {CustomEvent} */ (event).detail;
