import { ChatResponse } from "chat/answer/response";
import { find, fromTemplate } from "chat/lib/dom";
import { contentOf, FOLLOW, QUEUED } from "chat/live/protocol";
import { ThreadPages } from "chat/thread/pages";
import { ReadingPlace } from "chat/thread/scroll-position";
import { fetchTurns } from "chat/thread/turns";

/**
 * @typedef {import("chat/question/editor").QuestionEditor} QuestionEditor
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").FollowCommand} FollowCommand
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/live/protocol").ResponseObject} ResponseObject
 * @typedef {import("chat/thread/turns").Turns} Turns
 */

/**
 * One branch of a conversation, or some neighbouring turns of it, oldest question first. More of them come as the
 * reader nears them; the end is kept in sight while the reader is there.
 *
 * Events: `behind`, when turns came that may have missed events while they were on their way.
 */
export class ChatThread extends HTMLElement {
  /** @type {ChatResponse[]} what a question that the server has not taken yet stands in the place of */
  #former = [];
  #formerEnd = "";
  /** @type {ReadingPlace | undefined} */ #reading;
  /** @type {ThreadPages | undefined} */ #pages;

  connectedCallback() {
    const { log, responses, toEnd } = this;
    const reading = new ReadingPlace(log, responses, () => {
      toEnd.hidden = reading.isAtEnd && !this.end;
    });
    this.#reading = reading;
    this.#pages = new ThreadPages(this);
    toEnd.onclick = () => this.#jumpToEnd();
    this.addEventListener("found", () => reading.leaveEnd());
    this.#scrollToNamed();
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

  get earlier() {
    return find(this, ".earlier-turns", HTMLAnchorElement);
  }

  get later() {
    return find(this, ".later-turns", HTMLAnchorElement);
  }

  /** @returns {string | null} null for a conversation that begins with its first question */
  get conversation() {
    return this.dataset.conversation || null;
  }

  /** @returns {ChatResponse | null} the first one in the page */
  get first() {
    return /** @type {ChatResponse | null} */ (this.responses.firstElementChild);
  }

  /** @returns {ChatResponse | null} the last one in the page, taken by the server or not */
  get last() {
    return /** @type {ChatResponse | null} */ (this.responses.lastElementChild);
  }

  /** The id of the branch's last response, where that is not in the page; else empty. */
  get end() {
    return this.dataset.end ?? "";
  }

  /** The id of the branch's last response that the server has taken; empty for none. */
  get lastTaken() {
    return this.end || (this.#all.findLast((response) => response.responseId)?.responseId ?? "");
  }

  /** The id of the conversation's newest response, on whatever branch; empty for none. */
  get newest() {
    return this.dataset.newest ?? "";
  }

  /** Opens the last question to be edited, if it is in the page and the server has it. */
  editLast() {
    const { last } = this;
    if (last?.responseId && !this.end) last.edit(last.content);
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
    return { type: FOLLOW, conversation, after: this.newest || null, seen };
  }

  /**
   * Whether this question is shown as one that the server has taken.
   *
   * @param {CreateCommand} command
   */
  hasTaken({ client_message_id }) {
    return this.#all.some(({ responseId, dataset }) => responseId && dataset.clientMessageId === client_message_id);
  }

  /**
   * Shows a question before the server has taken it: at the end, or in the place of the one that continues the same
   * response. One that belongs to another branch is not shown.
   *
   * @param {CreateCommand} command
   */
  showAsked({ client_message_id, previous_response_id, input }) {
    const previous = previous_response_id ?? "";
    const beside = this.#continuing(previous);
    if (!beside && (previous !== this.lastTaken || this.end)) return;
    const response = this.#append(previous);
    response.dataset.clientMessageId = client_message_id;
    response.content = contentOf(input);
    if (beside) {
      response.versions.show(beside.versions.ids, "");
      this.#former = this.#all.slice(this.#all.indexOf(beside), -1);
      for (const former of this.#former) former.remove();
      this.#formerEnd = this.end;
      this.#endWith("");
    }
    this.scrollToEnd();
  }

  /**
   * Takes back a question that the server has refused. Returns the response in whose place it stood, if it did.
   *
   * @param {string} clientMessageId
   */
  takeBack(clientMessageId) {
    const asked = this.#asked(clientMessageId);
    const [beside] = this.#former;
    if (asked) beside?.versions.show(asked.versions.ids, beside.responseId);
    asked?.replaceWith(...this.#former);
    if (beside) this.#endWith(this.#formerEnd);
    this.#former = [];
    return beside;
  }

  /** @param {ResponseEvent} event */
  receive(event) {
    if (event.type === QUEUED && event.response) this.#place(event.response);
    this.#byId(event.response_id)?.apply(event);
  }

  /** Shows the last turns of the branch. Rejects with an Error whose message is a sentence for the person. */
  async showEnd() {
    if (!this.end || !this.conversation) return;
    const page = await fetchTurns(this.conversation, { response: this.end });
    if (!this.end) return;
    this.responses.replaceChildren();
    this.insertLater(page);
  }

  /** @param {ChatResponse[]} turns those before the first one */
  insertEarlier(turns) {
    this.#reading?.hold(() => this.responses.prepend(...turns));
    this.#pages?.update();
  }

  /** @param {Turns} page with those after the last one */
  insertLater({ turns, newest, end }) {
    this.#reading?.leaveEnd();
    this.responses.append(...turns);
    this.dataset.newest = newest;
    this.#endWith(end);
    if (!end) this.dispatchEvent(new Event("behind"));
  }

  scrollToEnd() {
    this.#reading?.toEnd();
  }

  /**
   * Gives a response that was just stored its element: the question shown here, or a new one where it goes on from
   * what is shown. One beside a response that is shown is counted there. Other branches are not shown.
   *
   * @param {ResponseObject} response
   */
  #place({ id, conversation, previous_response_id, metadata, versions }) {
    const asked = this.#asked(metadata?.client_message_id ?? "");
    if (asked) this.dataset.conversation = conversation.id;
    if (conversation.id !== this.conversation || this.#byId(id)) return;
    this.dataset.newest = id;
    const previous = previous_response_id ?? "";
    const beside = this.#continuing(previous);
    const isNext = !beside && previous === this.lastTaken;
    if (isNext && this.end) this.dataset.end = id;
    const placed = asked ?? (isNext && !this.end ? this.#append(previous) : undefined);
    if (placed) placed.responseId = id;
    if (asked) this.#former = [];
    const shown = placed ?? beside;
    shown?.versions.show(versions ?? [...shown.versions.ids, id], shown.responseId);
  }

  /** @param {string} previous the id of the response that it continues; empty for a first question */
  #append(previous) {
    const response = fromTemplate("#response-template", ChatResponse);
    response.dataset.previous = previous;
    this.responses.append(response);
    return response;
  }

  /** @param {string} previous */
  #continuing(previous) {
    return this.#all.find((response) => response.previous === previous);
  }

  /** @param {string} id */
  #byId(id) {
    // Events come many times a second: this takes as long in a conversation of any length.
    const found = document.getElementById(`response-${id}`);
    return found instanceof ChatResponse ? found : this.#former.find(({ responseId }) => responseId === id);
  }

  /** @param {string} clientMessageId */
  #asked(clientMessageId) {
    return this.#all.find(({ responseId, dataset }) => !responseId && dataset.clientMessageId === clientMessageId);
  }

  get #all() {
    return /** @type {ChatResponse[]} */ ([...this.responses.children]);
  }

  async #jumpToEnd() {
    try {
      await this.showEnd();
    } catch {
      // Then to the end of what is here, where more is loaded once that can be.
    }
    this.scrollToEnd();
  }

  /** @param {string} end the branch's last response, where that is not in the page; else empty */
  #endWith(end) {
    this.dataset.end = end;
    this.#pages?.update();
  }

  /** Begins at the response that the address names, unless that is still being answered. */
  #scrollToNamed() {
    const address = new URLSearchParams(location.search);
    // Whoever was editing when the page was left goes on with that.
    const editor = /** @type {QuestionEditor | null} */ (this.querySelector("question-editor"));
    editor?.field.focus();
    const named = this.#byId(editor?.dataset.response ?? address.get("at") ?? address.get("response") ?? "");
    if (this.end) this.#reading?.leaveEnd();
    if (!named || named.isRunning) return;
    named.scrollIntoView();
    this.#reading?.leaveEnd();
  }
}

customElements.define("chat-thread", ChatThread);
