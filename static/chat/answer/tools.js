import { AnswerDetails } from "chat/answer/details";
import { announce } from "chat/lib/announcer";
import { copyStatus, writeClipboard } from "chat/lib/copy";
import { find } from "chat/lib/dom";
import { richText } from "chat/markdown/render/rich-text";
import "chat/answer/feedback";

/** How long a note stays, in milliseconds, and how much longer for each of its characters. */
const NOTE_MS = 2000;
const NOTE_MS_PER_CHARACTER = 100;

/**
 * The toolbar below an answer that has ended: copying, feedback and details.
 *
 * It shows the detail of `note` events from elements in it.
 */
export class AnswerTools extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    find(this, ".copy-answer", HTMLButtonElement).onclick = () =>
      this.#copy(this.#response.answer, this.#parts.map(richText).join(""));
    find(this, ".more", HTMLButtonElement).popoverTargetElement = this.#details;
    this.#details.onclick = ({ target }) => {
      if (!(target instanceof HTMLButtonElement)) return;
      this.#copy(this.#response.answer);
      this.#details.hidePopover();
    };
    this.addEventListener("note", (event) => this.#note(/** @type {CustomEvent<string>} */ (event).detail));
  }

  /** Set the response whose details to show. @param {import("chat/live/protocol").ResponseObject} response */
  show(response) {
    this.#details.show(response);
    find(this, ".answered-by", HTMLElement).textContent = response.assistant?.name ?? response.model;
  }

  /**
   * @param {string} text
   * @param {string} [html]
   */
  async #copy(text, html) {
    this.#note(copyStatus(await writeClipboard(text, html)));
  }

  /** @param {string} text */
  #note(text) {
    const note = find(this, ".note", HTMLElement);
    note.textContent = text;
    announce(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => note.replaceChildren(), NOTE_MS + NOTE_MS_PER_CHARACTER * text.length);
  }

  get #details() {
    return find(this, "answer-details", AnswerDetails);
  }

  get #response() {
    return /** @type {import("chat/answer/response").ChatResponse} */ (this.closest("chat-response"));
  }

  get #parts() {
    return [...this.#response.querySelectorAll(".parts")];
  }
}

customElements.define("answer-tools", AnswerTools);
