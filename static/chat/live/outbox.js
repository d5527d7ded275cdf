import { read, write } from "chat/lib/storage";
import { uuid } from "chat/lib/uuid";
import { CANCEL, CREATE, contentOf, SERVER_ERROR, sentContent } from "chat/live/protocol";

/**
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {{
 *   conversation: string | null,
 *   previous: string | null,
 *   content: Part[],
 *   isTemporary?: boolean,
 *   wish?: import("chat/message/choice").Wish,
 * }} Message previous is the id of the response that it continues
 */

/** Somebody is writing; nothing is on its way. */
export const DRAFT = "draft";
/** A message was handed over, and the end of its branch is being fetched. */
export const PREPARING = "preparing";
/** The message has an id. It goes to the server over each new socket until the server answers. */
export const SENT = "sent";
/** The server has stored the message. */
export const ACCEPTED = "accepted";
/** The message didn't get through, and its words were given back. */
export const REFUSED = "refused";

/**
 * Each transition: the states in which it is allowed, and the state to which it leads.
 *
 * The page calls `prepare`, `send` and `withdraw`; out of turn they throw. The server causes `accept` and `refuse`; out of
 * turn they are ignored, because they come twice, or are about another tab's message.
 */
export const TRANSITIONS = {
  /** A person hands a message over whose branch may go on below what is in the page. */
  prepare: { from: [DRAFT, ACCEPTED, REFUSED], to: PREPARING },
  /** It is known what the message continues. */
  send: { from: [DRAFT, PREPARING, ACCEPTED, REFUSED], to: SENT },
  /** The end of the branch can't be fetched. */
  withdraw: { from: [PREPARING], to: REFUSED },
  /** The server says that the message is stored, or that an earlier try is, which had seemed to fail. */
  accept: { from: [PREPARING, SENT, REFUSED], to: ACCEPTED },
  /** The server says that the message is not stored, or that it doesn't know. */
  refuse: { from: [SENT], to: REFUSED },
};

/**
 * The one message that this tab may have on its way, from the moment in which it is handed over until the server answers.
 * What follows it waits in the queue (queue.js).
 *
 * A reload goes on where the page was: a message that is being prepared or was sent is kept in the tab's storage, as is
 * the id of one that failed on the server. The server may have stored that one all the same, so the same message is sent
 * under the same id, and is asked once.
 */
export class Outbox {
  #socket;
  #person;
  /** @type {string} */ #state = DRAFT;
  /** @type {string | null} */ #conversation;
  /** @type {Part[]} what is being prepared */ #content = [];
  /** The id that the message which is being prepared has already; empty if it has none. */ #id = "";
  /** @type {CreateCommand | null} what was sent, or what failed on the server and may be stored */ #command = null;
  /** Whether the answer is to be stopped as soon as there is one. */ #isStopWanted = false;
  /** The response that the server has still to be told to stop. */ #stopped = "";

  /**
   * @param {{send: (command: object) => boolean}} socket whose `send` returns whether it is open
   * @param {string} person the id of the person who asks
   * @param {string | null} conversation the one that the page shows; null for a new one
   */
  constructor(socket, person, conversation) {
    this.#socket = socket;
    this.#person = person;
    this.#conversation = conversation;
    const kept = read(this.#key);
    if (!kept) return;
    this.#state = kept.state;
    this.#content = kept.content;
    this.#id = kept.id ?? "";
    this.#command = kept.command;
    this.#isStopWanted = kept.isStopWanted;
  }

  get state() {
    return this.#state;
  }

  /** The message that was sent, or that failed on the server and may be stored; null for none. */
  get command() {
    return this.#command;
  }

  /** The content of the message that is being prepared. */
  get content() {
    return this.#content;
  }

  /** Whether a message is on its way, so that no other one can be. */
  get isBusy() {
    return this.#state === PREPARING || this.#state === SENT;
  }

  /**
   * Take a message whose place in the conversation is not known yet.
   *
   * @param {Part[]} content
   * @param {string | null} conversation
   * @param {string} [id] the one under which it is sent, if it has one already
   */
  prepare(content, conversation, id = "") {
    this.#enter("prepare");
    this.#content = content;
    this.#id = id;
    this.#conversation = conversation;
    this.#save();
  }

  /**
   * Give back the message that was being prepared.
   *
   * @returns {{id: string, content: Part[]}} the id is empty if it has none yet
   */
  withdraw() {
    const [id, content] = [this.#id, this.#content];
    this.#enter("withdraw");
    this.#save();
    return { id, content };
  }

  /**
   * Send a message. What failed on the server keeps its id if it is the same message.
   *
   * @param {Message} message
   * @returns {CreateCommand} the command that is on its way
   */
  send({ conversation, previous, content, isTemporary = false, wish = {} }) {
    /** @type {Omit<CreateCommand, "client_message_id">} */
    const message = {
      type: CREATE,
      conversation,
      previous_response_id: previous,
      input: [{ type: "message", role: "user", content }],
      ...(isTemporary && { temporary: true }),
      ...wish,
    };
    const id = this.#id || uuid();
    this.#enter("send");
    const failed = this.#command;
    const again = failed && { ...message, client_message_id: failed.client_message_id };
    const command = again && isSame(again, failed) ? again : { ...message, client_message_id: id };
    this.#conversation = conversation;
    this.#command = command;
    this.#save();
    this.resend();
    return command;
  }

  /**
   * Note that the server has stored the message with this id, as this response.
   *
   * @param {string | null | undefined} clientMessageId
   * @param {string} responseId
   * @returns {Part[] | null} what was given back and is stored all the same, so that nobody needs it any more
   */
  accept(clientMessageId, responseId) {
    const command = this.#command;
    if (!command || command.client_message_id !== clientMessageId) return null;
    const content = contentOf(command.input);
    const isGivenBack = this.#state === REFUSED;
    const isOther = this.#state === PREPARING && !isSame(content, this.#content);
    const isStopWanted = this.#isStopWanted && !isOther;
    this.#command = null;
    if (!isOther) this.#enter("accept");
    this.#save();
    if (isStopWanted) this.stop(responseId);
    return isGivenBack ? content : null;
  }

  /**
   * Note that the server has refused the message with this id.
   *
   * @param {string | null | undefined} clientMessageId
   * @param {string} code why, in the protocol's words
   * @returns {Part[] | null} the content to give back; null if this is not the message on its way
   */
  refuse(clientMessageId, code) {
    const command = this.#command;
    if (this.#state !== SENT || !command || command.client_message_id !== clientMessageId) return null;
    this.#enter("refuse");
    if (code !== SERVER_ERROR) this.#command = null;
    this.#save();
    return contentOf(command.input);
  }

  /**
   * Stop the answer to the message on its way as soon as it is accepted; if none is on its way, stop a response.
   *
   * @param {string} responseId the response that may be running
   */
  stop(responseId) {
    if (this.isBusy) {
      this.#isStopWanted = true;
      this.#save();
    } else {
      this.#stopped = responseId;
      this.#cancel();
    }
  }

  /** Send what the server may not have heard yet, over a new socket. */
  resend() {
    const command = this.#command;
    if (this.#state === SENT && command) {
      const input = command.input.map((item) => ({ ...item, content: sentContent(item.content ?? []) }));
      this.#socket.send({ ...command, input });
    }
    this.#cancel();
  }

  #cancel() {
    if (this.#stopped && this.#socket.send({ type: CANCEL, response_id: this.#stopped })) this.#stopped = "";
  }

  /** @param {keyof typeof TRANSITIONS} transition */
  #enter(transition) {
    const { from, to } = TRANSITIONS[transition];
    if (!from.includes(this.#state)) throw new Error(`no ${transition} for a message that is ${this.#state}`);
    // The wish is about this message: only the way from being prepared to being sent keeps it.
    if (this.#state !== PREPARING || to !== SENT) this.#isStopWanted = false;
    this.#state = to;
    this.#content = [];
    this.#id = "";
  }

  #save() {
    const isOver = !this.isBusy && !this.#command;
    const kept = {
      state: this.#state,
      content: this.#content,
      id: this.#id,
      command: this.#command,
      isStopWanted: this.#isStopWanted,
    };
    // An older one that stays in full storage would be taken for this one, and asked.
    if (isOver || !write(this.#key, kept)) write(this.#key, null);
  }

  get #key() {
    return `outbox/${this.#person}/${this.#conversation ?? "new"}`;
  }
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}
