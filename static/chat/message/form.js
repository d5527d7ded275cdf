import { find } from "chat/lib/dom";
import { growToFit, isSendKey, isTouchScreen, lengthProblem } from "chat/lib/field";
import { gettext } from "chat/lib/translations";
import { writeDraft } from "chat/message/draft";
import { MessageImages } from "chat/message/images";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * A form for a message's text and images: what the composer and the editor have in common.
 *
 * Events: `ask`, whose detail is the content of the message.
 */
export class MessageForm extends HTMLElement {
  /** @type {MessageImages | undefined} */ #images;
  #isSendWanted = false;

  connectedCallback() {
    // The element may be removed from the page and put back.
    if (this.#images) return this.changed();
    this.#images = new MessageImages(this);
    find(this, "form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.submit();
    };
    const { field } = this;
    field.enterKeyHint = this.#enterSends ? "send" : "enter";
    field.ariaDescribedByElements = [this.#length];
    field.oninput = () => {
      this.showError("");
      this.changed();
    };
    field.addEventListener("keydown", (event) => {
      if (!isSendKey(event, this.#enterSends)) return;
      event.preventDefault();
      this.submit();
    });
  }

  get field() {
    return find(this, "textarea", HTMLTextAreaElement);
  }

  get images() {
    if (!this.#images) throw new Error("The form is not in the page yet.");
    return this.#images;
  }

  /** The key under which the draft is stored. */
  get draftKey() {
    return "";
  }

  /** Whether a message can be sent now. */
  get isReady() {
    return true;
  }

  /**
   * The message as it is written so far: its text, then its images.
   *
   * @returns {Part[]}
   */
  get content() {
    // A field can hold half a character, which no server takes.
    const text = this.field.value.toWellFormed();
    return [...(text.trim() ? [{ type: "input_text", text }] : []), ...this.images.parts];
  }

  set content(content) {
    this.field.value = content.flatMap((part) => part.text || []).join("\n\n");
    this.images.show(content);
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

  /** Update the form after a change of its text or its images, and store the draft. */
  changed() {
    growToFit(this.field);
    const problem = this.#lengthProblem;
    // It isn't announced here; submit() shows it as an alert.
    show(this.#length, problem);
    this.field.ariaInvalid = problem ? "true" : null;
    writeDraft(this.draftKey, this.content);
    if (this.#isSendWanted) this.submit();
  }

  /** Send the message; if images are still being uploaded, send it when they are done. */
  submit() {
    this.#isSendWanted = this.images.isUploading;
    this.toggleAttribute("data-waiting", this.#isSendWanted);
    const { content } = this;
    if (this.#isSendWanted || !this.isReady || !(content.length || this.images.hasFailed)) return;
    const problem = this.images.hasFailed
      ? gettext("An image couldn't be uploaded. Retry, or remove it.")
      : this.#lengthProblem;
    this.showError(problem);
    if (!problem) this.ask(content);
  }

  /** @param {Part[]} content */
  ask(content) {
    this.dispatchEvent(new CustomEvent("ask", { detail: content, bubbles: true }));
  }

  /**
   * Return whether an image was already sent. Removing one that was leaves it out here, but doesn't delete it.
   *
   * @param {Part} _image
   */
  isSent(_image) {
    return false;
  }

  get #enterSends() {
    return this.dataset.enterSends === "true" && !isTouchScreen();
  }

  get #length() {
    return find(this, ".length", HTMLElement);
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
  line.textContent = text;
  line.hidden = !text;
}
