import { ToolApproval } from "chat/items/approval";
import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { conversationOf } from "chat/list/entry";
import { Outbox } from "chat/live/outbox";
import { DECIDE, ERROR, SEEN } from "chat/live/protocol";
import { MessageQueue } from "chat/live/queue";
import { ChatComposer } from "chat/message/composer";
import { StarterQuestions } from "chat/message/starters";
import { Asking } from "chat/page/asking";
import { ContextMeasurement } from "chat/page/context";
import { ConversationTools } from "chat/page/conversation-tools";
import { TemporaryMode } from "chat/page/temporary-mode";
import { ChatThread } from "chat/thread/thread";

/**
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/socket").ChatSocket} ChatSocket
 */

/**
 * A conversation that the page shows, or a new one: its elements, connected with each other and with the socket.
 *
 * When the person goes to another conversation, its elements are replaced. If a message of it is still on its way, it
 * lives on until the server has answered: a refused message comes back as a draft.
 */
export class OpenConversation {
  thread = find(document, "chat-thread", ChatThread);
  composer = find(document, "chat-composer", ChatComposer);
  tools = find(document, "conversation-tools", ConversationTools);
  temporary = find(document, "temporary-mode", TemporaryMode);
  #socket;
  #outbox;
  #queue;
  #asking;
  #context;

  /** @param {ChatSocket} socket */
  constructor(socket) {
    const { thread, composer, temporary } = this;
    this.#socket = socket;
    const person = composer.dataset.user ?? "";
    this.#outbox = new Outbox(socket, person, thread.conversation);
    this.#queue = new MessageQueue(person, thread.conversation);
    this.#asking = new Asking({ thread, composer, temporary, outbox: this.#outbox, queue: this.#queue });
    composer.addEventListener("ask", (event) => this.#asking.atEnd(contentOf(event)));
    composer.addEventListener("edit-last", () => thread.editLast());
    const starters = find(document, "starter-questions", StarterQuestions);
    const showStarters = () => starters.show(composer.picker.target.starters ?? []);
    composer.picker.addEventListener("change", showStarters);
    showStarters();
    starters.addEventListener("begin", (event) => composer.begin(/** @type {CustomEvent} */ (event).detail));
    composer.addEventListener("stop", () => this.#asking.stop());
    thread.addEventListener("ask", (event) => this.#asking.beside(event, contentOf(event)));
    thread.addEventListener("decide", (event) => this.#decide(/** @type {CustomEvent} */ (event)));
    thread.addEventListener("behind", () => {
      this.catchUp();
      this.#asking.update();
    });
    thread.scrollToNamed();
    this.#asking.resume();
    this.#context = new ContextMeasurement(thread, composer.picker, socket);
  }

  /** @returns {string | null} null for a new conversation */
  get id() {
    return this.thread.conversation;
  }

  /** Whether a message is on its way. */
  get isSending() {
    return this.#outbox.isBusy;
  }

  /** Ask the server for the events that the page has missed, and resend what the server may have missed. */
  catchUp() {
    // A tab that was suspended may have lost its connection without notice. Sending something reveals that.
    if (this.id) this.#socket.send(this.thread.followCommand(this.id));
    this.#askAgain();
    this.resend();
    this.markSeen();
  }

  /** Tell the server that the person sees the conversation, if it doesn't know. */
  markSeen() {
    if (this.id && this.tools.isUnseen && !document.hidden) this.#socket.send({ type: SEEN, conversation: this.id });
  }

  /** Forget the queued messages, because the conversation is deleted for good. */
  clearQueue() {
    this.#queue.clear();
  }

  /** Resend what the server may have missed. */
  resend() {
    this.#outbox.resend();
  }

  /** @param {ResponseEvent | ErrorEvent} event */
  receive(event) {
    try {
      if (event.type === ERROR) {
        this.#asking.refuse(/** @type {ErrorEvent} */ (event));
        this.#context.refused();
        this.#askAgain();
      } else {
        const received = /** @type {ResponseEvent} */ (event);
        this.#asking.receive(received);
        this.thread.receive(received);
        this.#context.receive(received);
      }
    } finally {
      // Even if an event can't be shown, the next message can be sent.
      this.#asking.update();
    }
  }

  /**
   * Tell the server whether a tool may run.
   *
   * @param {CustomEvent<{call: string, decision: string, note: string}>} event of the question
   */
  #decide({ detail, target }) {
    if (this.#socket.send({ type: DECIDE, ...detail })) return;
    const problem = gettext("There is no connection at the moment. Try again when you're back online.");
    if (target instanceof ToolApproval) target.askAgain(problem);
  }

  /** Let the person decide again about tools: a decision may have been refused, or lost on its way. The first counts. */
  #askAgain() {
    for (const question of this.thread.querySelectorAll("tool-approval"))
      if (question instanceof ToolApproval) question.askAgain("");
  }

  /**
   * Note that the conversation has an id now.
   *
   * @param {string} title
   */
  named(title) {
    const id = this.id ?? "";
    for (const part of [this.composer, this.temporary]) part.conversation = id;
    if (this.temporary.isOn) this.tools.showTemporary(id);
    else this.tools.show({ ...conversationOf(this.tools), id, title, archived: false });
  }
}

/**
 * @param {Event} event
 * @returns {Part[]}
 */
const contentOf = (event) => /** @type {CustomEvent} */ (event).detail;
