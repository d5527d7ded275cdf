import { find } from "chat/lib/dom";
import { readDraft, writeDraft } from "chat/question/draft";
import { QuestionForm } from "chat/question/form";
import { readQuestion } from "chat/question/question";

/** @typedef {import("chat/live/protocol").Part} Part */

/**
 * Return the key of the draft in which a message is edited.
 *
 * @param {string} response the id of the response to that message
 */
const editKey = (response) => `edit/${response}`;

/**
 * Return what was being edited when the page was left; empty if nothing was.
 *
 * @param {string} response the id of the response to the edited message
 */
export const readEdit = (response) => (response ? readDraft(editKey(response)) : []);

/**
 * A form that edits a message in its place in the thread.
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
    // The new message has taken this form's place. If the form is removed in any other way, its draft is kept.
    if (!this.isConnected) this.#removeDraft();
  }

  changed() {
    super.changed();
    find(this, ".save", HTMLButtonElement).disabled = !this.content.length;
  }

  /** @param {Part} image */
  isSent({ file_id }) {
    const question = this.closest(".question");
    return question instanceof HTMLElement && readQuestion(question).some((part) => part.file_id === file_id);
  }

  #cancel() {
    this.images.discard();
    this.#removeDraft();
    this.dispatchEvent(new Event("cancel"));
  }

  #removeDraft() {
    writeDraft(this.draftKey, []);
  }
}

customElements.define("question-editor", QuestionEditor);
