import { ComposerPictures } from "chat/composer-pictures";
import { find } from "chat/dom";
import { readDraft, writeDraft } from "chat/draft";
import { fit, lengthProblem, sends } from "chat/field";

/** @typedef {import("chat/protocol").Part} Part */

/**
 * Where a question is written.
 *
 * Events: `ask`, whose detail is the content of the message; `stop`.
 */
export class ChatComposer extends HTMLElement {
  /** @type {ComposerPictures | undefined} */ #pictures;
  #isSendWanted = false;

  connectedCallback() {
    find(this, "form", HTMLFormElement).onsubmit = (event) => {
      event.preventDefault();
      this.#submit();
    };
    find(this, ".stop", HTMLButtonElement).onclick = () => this.dispatchEvent(new Event("stop"));
    this.#pictures = new ComposerPictures(this, {
      onChange: () => this.#changed(),
      onError: (message) => this.showError(message),
    });
    const { field } = this;
    field.oninput = () => {
      this.showError("");
      this.#changed();
    };
    field.onkeydown = (event) => this.#pressed(event);
    // Whoever was quicker than the modules has written already.
    const written = field.value;
    this.#load(readDraft(this.#draftKey));
    if (written) field.value = written;
    this.#changed();
    find(this, ".send", HTMLButtonElement).disabled = false;
  }

  get field() {
    return find(this, "textarea", HTMLTextAreaElement);
  }

  /** While an answer runs, it can be stopped, and nothing can be sent. */
  set busy(isBusy) {
    const [send, stop] = [find(this, ".send", HTMLButtonElement), find(this, ".stop", HTMLButtonElement)];
    const hadFocus = document.activeElement === send || document.activeElement === stop;
    send.hidden = isBusy;
    stop.hidden = !isBusy;
    if (hadFocus) this.field.focus();
  }

  /** @returns {boolean} */
  get busy() {
    return find(this, ".send", HTMLButtonElement).matches("[hidden]");
  }

  /** Whose draft this is; a new conversation's until the first question is taken. */
  set conversation(/** @type {string} */ id) {
    if (this.dataset.conversation === id) return;
    writeDraft(this.#draftKey, []);
    this.dataset.conversation = id;
    writeDraft(this.#draftKey, this.#content);
  }

  /**
   * Puts a refused question back, before whatever was written since.
   *
   * @param {Part[]} content
   * @param {string} message why it was refused
   */
  restore(content, message) {
    const written = this.field.value;
    this.#load(content);
    if (written) this.field.value = [this.field.value, written].filter(Boolean).join("\n\n");
    this.#changed();
    this.showError(message);
    this.field.focus();
  }

  /** @param {string} message */
  showError(message) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = message;
    error.hidden = !message;
  }

  /** @param {Part[]} content */
  #load(content) {
    this.field.value = content.flatMap((part) => part.text || []).join("\n\n");
    this.#pictures?.restore(content);
    fit(this.field);
  }

  #changed() {
    fit(this.field);
    writeDraft(this.#draftKey, this.#content);
    if (this.#isSendWanted) this.#submit();
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    if (!sends(event)) return;
    event.preventDefault();
    if (!this.busy) this.#submit();
  }

  #submit() {
    const content = this.#content;
    this.#isSendWanted = Boolean(this.#pictures?.isUploading);
    if (this.#isSendWanted || this.busy || !content.length) return;
    const problem = lengthProblem(this.field.value, Number(this.dataset.maxCharacters));
    this.showError(problem);
    if (problem) return;
    this.field.value = "";
    this.#pictures?.clear();
    this.#changed();
    this.dispatchEvent(new CustomEvent("ask", { detail: content }));
  }

  /** @returns {Part[]} */
  get #content() {
    const text = this.field.value;
    return [...(text.trim() ? [{ type: "input_text", text }] : []), ...(this.#pictures?.parts ?? [])];
  }

  get #draftKey() {
    return `${this.dataset.user}/${this.dataset.conversation || "new"}`;
  }
}

customElements.define("chat-composer", ChatComposer);
