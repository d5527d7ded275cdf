import { attachmentEntry, nameOf } from "chat/attachment-entry";
import { find } from "chat/dom";
import { fit, lengthProblem, sends } from "chat/field";

/** @typedef {import("chat/protocol").Part} Part */

/**
 * A question that is written anew, in its own place. Its pictures can be left out.
 *
 * Events: `ask`, whose detail is the new content; `cancel`.
 */
export class QuestionEditor extends HTMLElement {
  /** @type {Part[]} */ #pictures = [];

  connectedCallback() {
    const { field } = this;
    find(this, "form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.#save();
    };
    find(this, ".cancel", HTMLButtonElement).onclick = () => this.#cancel();
    this.addEventListener("keydown", ({ key, isComposing }) => key === "Escape" && !isComposing && this.#cancel());
    field.onkeydown = (event) => {
      if (!sends(event)) return;
      event.preventDefault();
      this.#save();
    };
    field.oninput = () => {
      this.#showError("");
      this.#changed();
    };
  }

  get field() {
    return find(this, "textarea", HTMLTextAreaElement);
  }

  /**
   * @param {Part[]} content
   * @param {string} problem why it was refused, where it was
   */
  edit(content, problem) {
    this.field.value = content.flatMap((part) => part.text || []).join("\n\n");
    this.#pictures = content.filter((part) => part.file_id || part.image_url);
    find(this, ".attachments", HTMLElement).replaceChildren(...this.#pictures.map((part) => this.#entry(part)));
    this.#showError(problem);
    this.#changed();
    this.field.focus();
  }

  /** @param {Part} picture */
  #entry(picture) {
    // It was sent once and stays in its conversation; here it is only left out.
    const entry = attachmentEntry(picture, nameOf(picture), () => {
      this.#pictures = this.#pictures.filter((other) => other !== picture);
      entry.remove();
      this.#changed();
      this.field.focus();
    });
    return entry;
  }

  #changed() {
    fit(this.field);
    find(this, ".save", HTMLButtonElement).disabled = !this.#content.length;
  }

  #save() {
    const problem = lengthProblem(this.field.value, Number(this.dataset.maxCharacters));
    this.#showError(problem);
    if (problem || !this.#content.length) return;
    this.dispatchEvent(new CustomEvent("ask", { detail: this.#content, bubbles: true }));
  }

  #cancel() {
    this.dispatchEvent(new Event("cancel"));
  }

  /** @param {string} message */
  #showError(message) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = message;
    error.hidden = !message;
  }

  /** @returns {Part[]} */
  get #content() {
    const text = this.field.value;
    return [...(text.trim() ? [{ type: "input_text", text }] : []), ...this.#pictures];
  }
}

customElements.define("question-editor", QuestionEditor);
