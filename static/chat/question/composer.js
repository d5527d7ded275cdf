import { find } from "chat/lib/dom";
import { isTouchScreen } from "chat/lib/field";
import { readDraft, writeDraft } from "chat/question/draft";
import { QuestionForm } from "chat/question/form";
import { takePictures } from "chat/question/picture-transfer";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * Where a question is written.
 *
 * Events: `ask`, whose detail is the content of the message; `stop`; `edit-last`, to edit the last question.
 */
export class ChatComposer extends QuestionForm {
  connectedCallback() {
    super.connectedCallback();
    this.#stop.onclick = () => this.dispatchEvent(new Event("stop"));
    const { field } = this;
    field.addEventListener("keydown", (event) => this.#reachBack(event));
    takePictures(this);
    // Whoever was quicker than the modules has written already.
    const written = field.value;
    this.content = readDraft(this.draftKey);
    if (written) field.value = written;
    this.changed();
    this.#send.disabled = false;
    // It has the focus from the start, which brings up the keyboard on some phones.
    if (isTouchScreen() && !written && document.activeElement === field) field.blur();
  }

  /** While an answer runs, it can be stopped, and nothing can be sent. */
  set busy(isBusy) {
    const [shown, hidden] = isBusy ? [this.#stop, this.#send] : [this.#send, this.#stop];
    const hadFocus = document.activeElement === hidden;
    shown.hidden = false;
    hidden.hidden = true;
    if (hadFocus) (isTouchScreen() ? shown : this.field).focus();
  }

  /** @returns {boolean} */
  get busy() {
    return this.#send.matches("[hidden]");
  }

  get isReady() {
    return !this.busy;
  }

  /** A new conversation's until the first question is taken. */
  get draftKey() {
    return `${this.dataset.user}/${this.dataset.conversation || "new"}`;
  }

  /** Whose draft this is. */
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
   * Take away what `restore` put there, unless it was changed since.
   *
   * @param {Part[]} content
   */
  clear(content) {
    if (JSON.stringify(content) !== JSON.stringify(this.content)) return;
    this.content = [];
    this.showError("");
  }

  /**
   * Put a refused question back, before whatever was written since.
   *
   * @param {Part[]} content
   * @param {string} message why it was refused
   */
  restore(content, message) {
    this.content = [...content, ...this.content];
    this.showError(message);
    this.field.focus();
  }

  /**
   * Arrow up in an empty field leads to the last question, as in a shell.
   *
   * @param {KeyboardEvent} event
   */
  #reachBack(event) {
    const { key, shiftKey, ctrlKey, altKey, metaKey, isComposing } = event;
    const isPlain = key === "ArrowUp" && !(shiftKey || ctrlKey || altKey || metaKey || isComposing);
    if (!isPlain || this.field.value || this.content.length || this.pictures.isUploading) return;
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
