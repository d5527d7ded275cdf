import { read, write } from "chat/lib/storage";
import { uuid } from "chat/lib/uuid";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {{id: string, content: Part[]}} QueuedMessage the id is the one under which the message will be sent
 */

/** More are hardly kept in mind. */
export const MAX_QUEUED = 20;

/** The first message waits for the response that it follows. */
export const WAITING = "waiting";
/** The first message is sent next, however that response ends: the person said so. */
export const URGENT = "urgent";
/** A message that comes before them wasn't stored, so they wait for the person. */
export const HELD = "held";

/** What `next` returns. */
export const WAIT = "wait";
export const SEND = "send";
export const HOLD = "hold";

/**
 * The messages of one conversation that are sent one after another, each when the answer before it is complete.
 *
 * This tab keeps them across reloads. Each has its id from the beginning: a message that is sent twice, for instance
 * because the browser has duplicated the tab, is stored once.
 */
export class MessageQueue {
  #person;
  /** @type {string | null} */ #conversation;
  /** @type {readonly QueuedMessage[]} */ #messages = [];
  #state = WAITING;
  /** The response that the first one follows; empty while the message before it is on its way. */ #after = "";
  /** Why the message before them wasn't stored, in a sentence. */ #problem = "";

  /**
   * @param {string} person the id of the person who asks
   * @param {string | null} conversation null for a new one
   */
  constructor(person, conversation) {
    this.#person = person;
    this.#conversation = conversation;
    const kept = read(this.#key);
    if (!kept) return;
    this.#messages = kept.messages;
    this.#state = kept.state;
    this.#after = kept.after;
    this.#problem = kept.problem;
  }

  /** The messages in their order: another array after each change. */
  get messages() {
    return this.#messages;
  }

  get state() {
    return this.#state;
  }

  get after() {
    return this.#after;
  }

  get problem() {
    return this.#problem;
  }

  /**
   * Decide about the first message: send it now, wait for the running answer, or hold it until the person says so.
   *
   * @param {object} now
   * @param {boolean} now.isBusy whether a message is on its way or an answer is running
   * @param {boolean} now.isHere whether the page shows the end of the branch on which the response is that it follows
   * @param {string | undefined} now.status the status of the last response; undefined if there is none
   */
  next({ isBusy, isHere, status }) {
    if (!this.#messages.length || isBusy) return WAIT;
    if (this.#state === URGENT) return SEND;
    return this.#state === WAITING && isHere && status === "completed" ? SEND : HOLD;
  }

  /**
   * Add a message at the end.
   *
   * @param {Part[]} content
   * @param {string} after the response that it follows if it is the first; empty if that is not stored yet
   */
  add(content, after) {
    if (!this.#messages.length) this.#enter(WAITING, after);
    this.#change([...this.#messages, { id: uuid(), content }]);
  }

  /**
   * Insert a message at a position, such as the one from which it was removed.
   *
   * @param {QueuedMessage} message
   * @param {number} index
   */
  insert(message, index) {
    this.#change(this.#messages.toSpliced(index, 0, message));
  }

  /**
   * Replace the content of a message. It gets another id, because the server may have stored the earlier content under
   * this one.
   *
   * @param {string} id
   * @param {Part[]} content
   */
  edit(id, content) {
    this.#change(this.#messages.map((message) => (message.id === id ? { id: uuid(), content } : message)));
  }

  /**
   * Remove a message, if it is there.
   *
   * @param {string | null | undefined} id
   */
  remove(id) {
    if (this.#messages.some((message) => message.id === id)) {
      this.#change(this.#messages.filter((message) => message.id !== id));
    }
  }

  /**
   * Let a message be sent next, before the others and however the running answer ends.
   *
   * @param {string} id
   */
  urge(id) {
    const first = this.#messages.find((message) => message.id === id);
    if (!first) return;
    this.#enter(URGENT, this.#after);
    this.#change([first, ...this.#messages.filter((message) => message !== first)]);
  }

  /** Take the first message, to send it. The others follow it. @returns {QueuedMessage} */
  take() {
    const [first, ...others] = this.#messages;
    this.#enter(WAITING, "");
    this.#change(others);
    return first;
  }

  /** Note that another message was sent on this branch, which they follow. */
  follow() {
    this.#enter(WAITING, "");
    this.#save();
  }

  /**
   * Note that the message before them was stored.
   *
   * @param {string} response the response to it
   * @param {string | null} conversation the conversation, which may be new
   */
  settle(response, conversation) {
    this.#after ||= response;
    if (conversation !== this.#conversation) write(this.#key, null);
    this.#conversation = conversation;
    this.#save();
  }

  /**
   * Hold the messages, because the one before them wasn't stored.
   *
   * @param {string} problem why, in a sentence
   * @param {QueuedMessage} [message] the one that wasn't stored, if it shall be the first of them
   */
  hold(problem, message) {
    this.#enter(HELD, this.#after);
    this.#problem = problem;
    this.#change(message ? [message, ...this.#messages] : this.#messages);
  }

  /** Forget the messages. */
  clear() {
    this.#change([]);
  }

  /**
   * @param {string} state
   * @param {string} after
   */
  #enter(state, after) {
    this.#state = state;
    this.#after = after;
    this.#problem = "";
  }

  /** @param {readonly QueuedMessage[]} messages */
  #change(messages) {
    this.#messages = messages;
    this.#save();
  }

  #save() {
    const [messages, state, after, problem] = [this.#messages, this.#state, this.#after, this.#problem];
    // Older ones that stay in full storage would be sent again.
    if (!messages.length || !write(this.#key, { messages, state, after, problem })) write(this.#key, null);
  }

  get #key() {
    return `queue/${this.#person}/${this.#conversation ?? "new"}`;
  }
}
