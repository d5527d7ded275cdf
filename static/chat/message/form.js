import { tokensInWords } from "chat/files/words";
import { announce } from "chat/lib/announcer";
import { find } from "chat/lib/dom";
import { growToFit, isOfInputMethod, isSendKey, isTouchScreen, lengthProblem } from "chat/lib/field";
import { gettext } from "chat/lib/translations";
import { MessageAttachments } from "chat/message/attachments";
import { writeDraft } from "chat/message/draft";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * A form for a message's text and files: what the composer and the editor have in common.
 *
 * Events: `ask`, whose detail is the content of the message.
 */
export class MessageForm extends HTMLElement {
  /** @type {MessageAttachments | undefined} */ #attachments;
  #isSendWanted = false;
  /** How many tokens the model reads at once; null if that isn't known. @type {number | null} */
  contextWindow = null;

  connectedCallback() {
    // The element may be removed from the page and put back.
    if (this.#attachments) return this.changed();
    this.#attachments = new MessageAttachments(this);
    find(this, "form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    const { field } = this;
    field.enterKeyHint = this.#enterSends ? "send" : "enter";
    field.ariaDescribedByElements = [find(this, ".length", HTMLElement)];
    field.oninput = () => {
      // What is still being written must not be sent half.
      this.cancelWaiting();
      // Who goes on writing while files are read has not seen yet that one was refused.
      this.showError(this.attachments.refusals);
      this.changed();
    };
    field.addEventListener("keydown", (event) => {
      if (!isSendKey(event, this.#enterSends)) return;
      event.preventDefault();
      this.submit();
    });
    find(this, ".waiting button", HTMLButtonElement).onclick = () => {
      this.cancelWaiting();
      this.focusField();
    };
    this.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || isOfInputMethod(event) || !this.#isSendWanted) return;
      event.preventDefault();
      this.cancelWaiting();
    });
  }

  get field() {
    return find(this, "textarea", HTMLTextAreaElement);
  }

  get attachments() {
    if (!this.#attachments) throw new Error("The form is not in the page yet.");
    return this.#attachments;
  }

  /** The key under which the draft is stored. */
  get draftKey() {
    return "";
  }

  /** For what a message that shall be sent waits, in a sentence; empty if it can be sent now. */
  get reasonToWait() {
    return this.attachments.isUploading ? gettext("Will be sent when the files are uploaded.") : "";
  }

  /** Why nothing can be sent, in a sentence; empty if it can. */
  get problem() {
    if (this.attachments.hasFailed) return gettext("A file couldn't be uploaded. Retry, or remove it.");
    return this.#lengthProblem;
  }

  get isEmpty() {
    const { content, attachments } = this;
    return !(content.length || attachments.isUploading || attachments.hasFailed);
  }

  /**
   * The message as it is written so far: its text, then its files.
   *
   * @returns {Part[]}
   */
  get content() {
    // A field can hold half a character, which no server takes.
    const text = this.field.value.toWellFormed();
    return [...(text.trim() ? [{ type: "input_text", text }] : []), ...this.attachments.parts];
  }

  set content(content) {
    this.field.value = content.flatMap((part) => part.text || []).join("\n\n");
    this.attachments.show(content);
    this.changed();
  }

  /** Focus the field, but not on a touch screen, where that would bring up the keyboard. */
  focusField() {
    if (!isTouchScreen()) this.field.focus();
  }

  /** @param {string} message an empty one hides the error */
  showError(message) {
    show(find(this, ".error", HTMLElement), message);
  }

  /** Update the form after a change of its text or its files, and store the draft. */
  changed() {
    growToFit(this.field);
    const problem = this.#lengthProblem;
    // It isn't announced here; submit() shows it as an alert.
    show(find(this, ".length", HTMLElement), problem);
    this.field.ariaInvalid = problem ? "true" : null;
    show(find(this, ".token-estimate", HTMLElement), tokensInWords(this.attachments.parts, this.contextWindow));
    writeDraft(this.draftKey, this.content);
    this.submitWaiting();
  }

  /** Send the message, now or as soon as that is possible. */
  submit() {
    const { problem, isEmpty } = this;
    const reason = isEmpty || problem ? "" : this.reasonToWait;
    this.#wait(reason);
    if (isEmpty) return;
    this.showError(problem);
    if (!problem && !reason) this.ask(this.content);
  }

  /** Send the message that waits, if that is possible now. */
  submitWaiting() {
    if (this.#isSendWanted) this.submit();
  }

  /** Keep the message that waits to be sent as a draft. */
  cancelWaiting() {
    this.#wait("");
  }

  /** @param {string} reason empty if nothing waits */
  #wait(reason) {
    const waiting = find(this, ".waiting", HTMLElement);
    const line = find(waiting, "span", HTMLElement);
    if (reason && reason !== line.textContent) announce(reason);
    this.#isSendWanted = Boolean(reason);
    line.textContent = reason;
    waiting.hidden = !reason;
  }

  /** @param {Part[]} content */
  ask(content) {
    this.dispatchEvent(new CustomEvent("ask", { detail: content, bubbles: true }));
  }

  /**
   * Return whether a file was already sent. Removing one that was leaves it out here, but doesn't delete it.
   *
   * @param {Part} _file
   */
  isSent(_file) {
    return false;
  }

  get #enterSends() {
    return this.dataset.enterSends === "true" && !isTouchScreen();
  }

  get #lengthProblem() {
    return lengthProblem(this.field.value, Number(this.dataset.maxCharacters));
  }
}

/**
 * @param {HTMLElement} line
 * @param {string} text
 */
function show(line, text) {
  // An alert whose text is put there once more would be read out once more.
  if (line.textContent !== text) line.textContent = text;
  line.hidden = !text;
}
