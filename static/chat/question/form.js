import { find } from "chat/lib/dom";
import { growToFit, isSendKey, isTouchScreen, lengthProblem } from "chat/lib/field";
import { gettext } from "chat/lib/translations";
import { writeDraft } from "chat/question/draft";
import { QuestionPictures } from "chat/question/pictures";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * A form in which a question is written, words and pictures: what the composer and the editor have in common.
 *
 * Events: `ask`, whose detail is the content of the message.
 */
export class QuestionForm extends HTMLElement {
  /** @type {QuestionPictures | undefined} */ #pictures;
  #isSendWanted = false;

  connectedCallback() {
    // It may be taken out of the page and put back.
    if (this.#pictures) return this.changed();
    this.#pictures = new QuestionPictures(this);
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

  get pictures() {
    if (!this.#pictures) throw new Error("it is not in the page yet");
    return this.#pictures;
  }

  /** Where what is written is kept over a reload. */
  get draftKey() {
    return "";
  }

  /** Whether something can be asked now. */
  get isReady() {
    return true;
  }

  /** @returns {Part[]} */
  get content() {
    const text = this.field.value;
    return [...(text.trim() ? [{ type: "input_text", text }] : []), ...this.pictures.parts];
  }

  set content(content) {
    this.field.value = content.flatMap((part) => part.text || []).join("\n\n");
    this.pictures.show(content);
    this.changed();
  }

  /** Goes on writing; on a phone that is for the person to begin, since it brings up the keyboard. */
  focusField() {
    if (!isTouchScreen()) this.field.focus();
  }

  /** @param {string} message */
  showError(message) {
    show(find(this, ".error", HTMLElement), message);
  }

  /** The words or the pictures are others now. */
  changed() {
    growToFit(this.field);
    const problem = this.#lengthProblem;
    // The alert says it where somebody tries to send.
    show(this.#length, problem);
    this.field.ariaInvalid = problem ? "true" : null;
    writeDraft(this.draftKey, this.content);
    if (this.#isSendWanted) this.submit();
  }

  /** Asks, as soon as the pictures are there. */
  submit() {
    this.#isSendWanted = this.pictures.isUploading;
    this.toggleAttribute("data-waiting", this.#isSendWanted);
    const { content } = this;
    if (this.#isSendWanted || !this.isReady || !(content.length || this.pictures.hasFailed)) return;
    const problem = this.pictures.hasFailed
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
   * Whether a picture belongs to a conversation already, so that it is only left out where it is removed here.
   *
   * @param {Part} _picture
   */
  isSent(_picture) {
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
