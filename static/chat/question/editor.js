import { find } from "chat/lib/dom";
import { readDraft, writeDraft } from "chat/question/draft";
import { QuestionForm } from "chat/question/form";
import { readQuestion } from "chat/question/question";

/** @typedef {import("chat/live/protocol").Part} Part */

/** @param {string} response the id of the response whose question it is */
const editKey = (response) => `edit/${response}`;

/**
 * What was being edited when the page was left; empty where nothing was.
 *
 * @param {string} response the id of the response whose question it is
 */
export const readEdit = (response) => (response ? readDraft(editKey(response)) : []);

/**
 * A question that is written anew, in its own place.
 *
 * Events: `ask`, whose detail is the new content; `cancel`.
 */
export class QuestionEditor extends QuestionForm {
  connectedCallback() {
    super.connectedCallback();
    find(this, ".cancel", HTMLButtonElement).onclick = () => this.#cancel();
    this.onkeydown = (/** @type {KeyboardEvent} */ { key, isComposing, defaultPrevented }) => {
      if (key === "Escape" && !isComposing && !defaultPrevented) this.#cancel();
    };
  }

  get draftKey() {
    return editKey(this.dataset.response ?? "");
  }

  /** @param {Part[]} content */
  ask(content) {
    super.ask(content);
    // The question stands in its place now. Where it is taken out otherwise, what was written is kept.
    if (!this.isConnected) this.#forget();
  }

  changed() {
    super.changed();
    find(this, ".save", HTMLButtonElement).disabled = !this.content.length;
  }

  /** @param {Part} picture */
  isSent({ file_id }) {
    const question = this.closest(".question");
    return question instanceof HTMLElement && readQuestion(question).some((part) => part.file_id === file_id);
  }

  #cancel() {
    this.pictures.discard();
    this.#forget();
    this.dispatchEvent(new Event("cancel"));
  }

  #forget() {
    writeDraft(this.draftKey, []);
  }
}

customElements.define("question-editor", QuestionEditor);
