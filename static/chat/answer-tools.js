import { copy } from "chat/copy";
import { find } from "chat/dom";

/** What stands below an answer that has ended: copying it, and what it took. */
export class AnswerTools extends HTMLElement {
  connectedCallback() {
    const button = find(this, ".copy", HTMLButtonElement);
    button.onclick = () => copy(button, this.#response.answer);
  }

  /** @param {import("chat/protocol").ResponseObject} response */
  show({ model, usage }) {
    find(this, ".model", HTMLElement).textContent = model;
    find(this, ".tokens", HTMLElement).textContent = usage ? String(usage.output_tokens) : "";
  }

  get #response() {
    return /** @type {import("chat/response").ChatResponse} */ (this.closest("chat-response"));
  }
}

customElements.define("answer-tools", AnswerTools);
