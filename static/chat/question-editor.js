import { find } from "chat/dom";
import { readDraft, writeDraft } from "chat/draft";
import { readQuestion } from "chat/question";
import { QuestionForm } from "chat/question-form";

/** @typedef {import("chat/protocol").Part} Part */

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

  /** It was asked, or given up. Nothing is taken out of a page that is left. */
  disconnectedCallback() {
    writeDraft(this.draftKey, []);
  }

  get draftKey() {
    return editKey(this.dataset.response ?? "");
  }

  /**
   * @param {Part[]} content
   * @param {string} problem why it was refused, where it was
   */
  edit(content, problem) {
    this.content = content;
    this.showError(problem);
    this.field.focus();
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
    this.dispatchEvent(new Event("cancel"));
  }
}

customElements.define("question-editor", QuestionEditor);
