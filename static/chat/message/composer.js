import { find } from "chat/lib/dom";
import { isOfInputMethod, isTouchScreen } from "chat/lib/field";
import { gettext } from "chat/lib/translations";
import { readDraft, writeDraft } from "chat/message/draft";
import { MessageForm } from "chat/message/form";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * The form at the bottom of the page in which a person writes a message.
 *
 * Events: `ask`, whose detail is the content of the message; `stop`; `edit-last`, to edit the last message.
 */
export class ChatComposer extends MessageForm {
  /** Until it is known whether an answer is running, what is sent waits. */
  #isBusy = true;
  #isSignedOut = false;

  connectedCallback() {
    super.connectedCallback();
    // It takes the place of Send, and must not take the second half of a double click.
    this.#stop.onclick = ({ detail }) => {
      if (detail < 2) this.dispatchEvent(new Event("stop"));
    };
    const { field } = this;
    field.addEventListener("keydown", (event) => this.#onArrowUp(event));
    // A person may have started to write before the modules were loaded.
    const written = field.value;
    this.content = readDraft(this.draftKey);
    if (written) field.value = written;
    this.changed();
    // Enter was pressed before the modules were loaded (early-enter.js).
    if (field.dataset.sendWanted !== undefined) this.submit();
    delete field.dataset.sendWanted;
    // The autofocus, which comes before the first frame, brings up the keyboard on some phones.
    if (isTouchScreen() && !written) requestAnimationFrame(() => field.blur());
  }

  /** Whether a message is on its way or an answer is running. Either can be stopped; until then, the next one waits. */
  set busy(isBusy) {
    this.#isBusy = isBusy;
    this.#showButtons();
    if (!isBusy) this.submitWaiting();
  }

  /** @returns {boolean} */
  get busy() {
    return this.#isBusy;
  }

  /** Send nothing any more: the person is signed out. What is written stays as a draft. */
  signOut() {
    this.#isSignedOut = true;
    this.cancelWaiting();
    this.#showButtons();
  }

  get reasonToWait() {
    return super.reasonToWait || (this.#isBusy ? gettext("Will be sent when the answer is complete.") : "");
  }

  get problem() {
    return this.#isSignedOut ? gettext("You're signed out. Sign in again to send your message.") : super.problem;
  }

  changed() {
    super.changed();
    this.#showButtons();
  }

  #showButtons() {
    const isStop = this.#isBusy && !this.#isSignedOut;
    const [shown, hidden] = isStop ? [this.#stop, this.#send] : [this.#send, this.#stop];
    const hadFocus = document.activeElement === hidden;
    shown.hidden = false;
    hidden.hidden = true;
    if (hadFocus) (isTouchScreen() ? shown : this.field).focus();
    // A button that is disabled loses the focus. While it is pressed, the next one to take it isn't known yet.
    this.#send.disabled = (this.isEmpty || this.#isSignedOut) && document.activeElement !== this.#send;
  }

  /** The key of this conversation's draft; the one of a new conversation until its first message is accepted. */
  get draftKey() {
    return `${this.dataset.user}/${this.dataset.conversation || "new"}`;
  }

  /** The id of the conversation to which the draft belongs. */
  set conversation(/** @type {string} */ id) {
    if (this.dataset.conversation === id) return;
    writeDraft(this.draftKey, []);
    this.dataset.conversation = id;
    writeDraft(this.draftKey, this.content);
  }

  /** @param {Part[]} content */
  ask(content) {
    this.content = [];
    super.ask(content);
  }

  /**
   * Remove the content that `restore` put there, unless it was changed since.
   *
   * @param {Part[]} content
   */
  clear(content) {
    if (JSON.stringify(content) !== JSON.stringify(this.content)) return;
    this.content = [];
    this.showError("");
  }

  /**
   * Put a refused message back, in front of anything written since.
   *
   * @param {Part[]} content
   * @param {string} message why it was refused
   */
  restore(content, message) {
    this.cancelWaiting();
    this.content = [...content, ...this.content];
    this.showError(message);
    this.field.focus();
  }

  /**
   * Edit the last message when the arrow-up key is pressed in an empty field, as in a shell.
   *
   * @param {KeyboardEvent} event
   */
  #onArrowUp(event) {
    const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
    const isPlain = key === "ArrowUp" && !(shiftKey || ctrlKey || altKey || metaKey || isOfInputMethod(event));
    if (!isPlain || this.field.value || this.content.length || this.images.isUploading) return;
    event.preventDefault();
    this.dispatchEvent(new Event("edit-last"));
  }

  get #send() {
    return find(this, ".send", HTMLButtonElement);
  }

  get #stop() {
    return find(this, ".stop", HTMLButtonElement);
  }
}

customElements.define("chat-composer", ChatComposer);
