import { find } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { readDraft, writeDraft } from "chat/message/draft";
import { MessageForm } from "chat/message/form";
import { readMessage } from "chat/message/message";

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
export class MessageEditor extends MessageForm {
  connectedCallback() {
    super.connectedCallback();
    find(this, ".cancel", HTMLButtonElement).onclick = () => this.#cancel();
    this.onkeydown = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && !isOfInputMethod(event) && !event.defaultPrevented) this.#cancel();
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

  /** @param {Part} file */
  isSent({ file_id }) {
    const message = this.closest(".message");
    return message instanceof HTMLElement && readMessage(message).some((part) => part.file_id === file_id);
  }

  #cancel() {
    this.attachments.discard();
    this.#removeDraft();
    this.dispatchEvent(new Event("cancel"));
  }

  #removeDraft() {
    writeDraft(this.draftKey, []);
  }
}

customElements.define("message-editor", MessageEditor);
