import { find } from "chat/lib/dom";
import { isOfInputMethod, isTouchScreen } from "chat/lib/field";
import { gettext, interpolate } from "chat/lib/translations";
import { MAX_QUEUED } from "chat/live/queue";
import { readDraft, writeDraft } from "chat/message/draft";
import { MessageForm } from "chat/message/form";
import { ModelPicker } from "chat/message/picker";
import { PromptPicker } from "chat/message/prompts";
import { QueuedMessages } from "chat/message/queue";
import { AssistantVariables } from "chat/message/variables";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * The form at the bottom of the page in which a person writes a message.
 *
 * Events: `ask`, whose detail is the content of the message; `stop`; `edit-last`, to edit the last message.
 */
export class ChatComposer extends MessageForm {
  /** Until it is known whether an answer is running, what is sent waits. */
  #isReady = false;
  #isBusy = true;
  #isQueueFull = false;
  #isSignedOut = false;

  connectedCallback() {
    super.connectedCallback();
    // It takes the place of Send, and must not take the second half of a double click.
    find(this, ".stop", HTMLButtonElement).onclick = ({ detail }) => {
      if (detail < 2) this.dispatchEvent(new Event("stop"));
    };
    const { field } = this;
    field.addEventListener("keydown", (event) => {
      // As in a shell: a queued message first.
      if (!isPlainArrowUp(event) || field.value || this.content.length || this.attachments.isUploading) return;
      event.preventDefault();
      if (!this.queued.editLast()) this.dispatchEvent(new Event("edit-last"));
    });
    find(this, "prompt-picker", PromptPicker).addEventListener("problem", (event) =>
      this.showError(/** @type {CustomEvent<string>} */ (event).detail),
    );
    // A person may have started to write before the modules were loaded.
    const written = field.value;
    this.content = readDraft(this.draftKey);
    this.picker.key = this.draftKey;
    const noteTarget = () => {
      this.#variables.ask(this.picker.variables);
      this.contextWindow = this.picker.target.context_window ?? null;
      this.dataset.takesOriginal = String(this.picker.target.takes_original ?? false);
    };
    noteTarget();
    this.picker.addEventListener("change", () => {
      noteTarget();
      this.changed();
    });
    if (written) field.value = written;
    this.changed();
    // Enter was pressed before the modules were loaded (early-enter.js).
    if (field.dataset.sendWanted !== undefined) this.submit();
    delete field.dataset.sendWanted;
    // The autofocus, which comes before the first frame, brings up the keyboard on some phones.
    if (isTouchScreen() && !written) requestAnimationFrame(() => field.blur());
  }

  /**
   * Show the state of the conversation.
   *
   * @param {boolean} isBusy whether a message is on its way or an answer is running, so that the next one is queued
   * @param {boolean} isQueueFull
   */
  show(isBusy, isQueueFull) {
    this.#isReady = true;
    this.#isBusy = isBusy;
    this.#isQueueFull = isQueueFull;
    this.#showButtons();
    this.submitWaiting();
  }

  /** The choice of what answers. */
  get picker() {
    return find(this, "model-picker", ModelPicker);
  }

  /** The messages that wait to be sent. */
  get queued() {
    return find(this, "queued-messages", QueuedMessages);
  }

  /** Send nothing any more: the person is signed out. What is written stays as a draft. */
  signOut() {
    this.#isSignedOut = true;
    this.cancelWaiting();
    this.#showButtons();
  }

  get reasonToWait() {
    return super.reasonToWait || (this.#isReady ? "" : gettext("Will be sent when the page is loaded."));
  }

  get problem() {
    if (this.#isSignedOut) return gettext("You're signed out. Sign in again to send your message.");
    if (this.#isBusy && this.#isQueueFull) {
      const sentence = gettext("%(most)s messages are waiting already. Delete one, or wait until one is sent.");
      return interpolate(sentence, { most: MAX_QUEUED });
    }
    const { missing } = this.#variables;
    if (missing.length) {
      const names = missing.map((name) => name.replaceAll("_", " ")).join(", ");
      return interpolate(gettext("Fill in first: %(names)s."), { names });
    }
    return super.problem;
  }

  /** What the next message is answered with. @returns {import("chat/message/choice").Wish} */
  get wish() {
    return { ...this.picker.wish, ...this.#variables.wish };
  }

  /**
   * Return what a message is answered with that is sent again.
   *
   * @param {import("chat/message/choice").AnsweredBy} answeredBy what answered it
   * @returns {import("chat/message/choice").Wish}
   */
  wishAgain(answeredBy) {
    return { ...this.picker.wishAgain(answeredBy), ...this.#variables.wish };
  }

  /** Note that the server has stored a message with this wish. @param {import("chat/message/choice").Wish} wish */
  settle(wish) {
    const { assistant, model, effort, verbosity } = wish;
    // First, because the picker may ask for the variables of something else.
    if (wish.variables) this.#variables.settle();
    const chosen = this.picker.wish;
    // Something else may have been chosen since.
    const isSame = chosen.assistant === assistant && chosen.model === model;
    if (isSame && chosen.effort === effort && chosen.verbosity === verbosity) this.picker.settle();
  }

  /** Send a question that the assistant suggests. @param {string} text */
  begin(text) {
    this.content = [{ type: "input_text", text }];
    if (this.#variables.missing.length) this.#variables.focusMissing();
    this.submit();
  }

  changed() {
    super.changed();
    this.#showButtons();
  }

  #showButtons() {
    const [stop, send] = [find(this, ".stop", HTMLButtonElement), this.#send];
    const isBusy = this.#isBusy && !this.#isSignedOut;
    const focused = [stop, send].find((button) => button === document.activeElement);
    stop.hidden = !isBusy;
    send.hidden = isBusy && this.isEmpty;
    send.title = isBusy ? gettext("Send when the answer is complete") : gettext("Send");
    if (focused?.hidden) (isTouchScreen() ? [stop, send].find((button) => !button.hidden) : this.field)?.focus();
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
    this.picker.key = this.draftKey;
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
   * Put a refused message back into the empty field.
   *
   * @param {Part[]} content
   * @param {string} message why it was refused
   */
  restore(content, message) {
    this.content = content;
    this.showError(message);
    this.field.focus();
  }

  get #variables() {
    return find(this, "assistant-variables", AssistantVariables);
  }

  get #send() {
    return find(this, ".send", HTMLButtonElement);
  }
}

/** @param {KeyboardEvent} event */
function isPlainArrowUp(event) {
  const { key, shiftKey, ctrlKey, altKey, metaKey } = event;
  return key === "ArrowUp" && !(shiftKey || ctrlKey || altKey || metaKey || isOfInputMethod(event));
}

customElements.define("chat-composer", ChatComposer);
