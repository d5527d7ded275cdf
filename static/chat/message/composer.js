import { find } from "chat/lib/dom";
import { isTouchScreen } from "chat/lib/field";
import { readDraft, writeDraft } from "chat/message/draft";
import { MessageForm } from "chat/message/form";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * The form at the bottom of the page in which a person writes a message.
 *
 * Events: `ask`, whose detail is the content of the message; `stop`; `edit-last`, to edit the last message.
 */
export class ChatComposer extends MessageForm {
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
    this.#send.disabled = false;
    // The autofocus brings up the keyboard on some phones.
    if (isTouchScreen() && !written && document.activeElement === field) field.blur();
  }

  /** Whether a message is on its way or an answer is running. Either can be stopped; until then, nothing can be sent. */
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
    const { key, shiftKey, ctrlKey, altKey, metaKey, isComposing } = event;
    const isPlain = key === "ArrowUp" && !(shiftKey || ctrlKey || altKey || metaKey || isComposing);
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
