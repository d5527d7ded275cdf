import { announce } from "chat/lib/announcer";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { MessageEditor, readEdit } from "chat/message/editor";
import { drawMessage } from "chat/message/message";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/queue").QueuedMessage} QueuedMessage
 */

/**
 * The list of messages that wait to be sent, below the message field.
 *
 * Events, whose detail names the message by its `id`: `urge`, to send it now; `remove`; `save`, with its new `content`;
 * `settled`, when one is no longer edited.
 */
export class QueuedMessages extends HTMLElement {
  /** @type {readonly QueuedMessage[]} */ #messages = [];
  #reason = "";

  connectedCallback() {
    find(this, ".send-queued", HTMLButtonElement).onclick = () => this.#tell("urge", { id: this.#messages[0]?.id });
  }

  /**
   * Show these messages, and for what they wait.
   *
   * @param {readonly QueuedMessage[]} messages
   * @param {string} reason in a sentence
   * @param {boolean} isHeld whether they wait for the person
   */
  show(messages, reason, isHeld) {
    // This is called with each event of an answer.
    if (messages === this.#messages && reason === this.#reason) return;
    if (isHeld && messages.length && reason !== this.#reason) announce(reason);
    this.#reason = reason;
    find(this, ".reason", HTMLElement).textContent = reason;
    find(this, ".send-queued", HTMLButtonElement).hidden = !isHeld;
    if (messages !== this.#messages) this.#draw(messages);
    this.hidden = !messages.length;
  }

  /** Edit the last message, if there is one, and return whether there is. */
  editLast() {
    const last = this.#messages.at(-1);
    if (last) this.#edit(last);
    return last !== undefined;
  }

  /**
   * Return whether this message is being edited.
   *
   * @param {string} id
   */
  isEditing(id) {
    return Boolean(this.#entry(id)?.querySelector("message-editor"));
  }

  /** @param {readonly QueuedMessage[]} messages */
  #draw(messages) {
    const shown = this.#messages;
    this.#messages = messages;
    const list = find(this, "ul", HTMLUListElement);
    const entries = [...list.children];
    // An entry that stays keeps its editor and the focus.
    const drawn = messages.map((message) => entries[shown.indexOf(message)] ?? this.#drawEntry(message));
    for (const entry of entries) if (!drawn.includes(entry)) entry.remove();
    drawn.forEach((entry, index) => {
      if (list.children[index] !== entry) list.insertBefore(entry, list.children[index]);
    });
    for (const message of messages) if (!shown.includes(message)) this.#resumeEdit(message);
  }

  /** @param {QueuedMessage} message */
  #drawEntry(message) {
    const { id, content } = message;
    const entry = fromTemplate("#queued-message-template", HTMLLIElement);
    entry.dataset.id = id;
    drawMessage(find(entry, ".message", HTMLElement), content);
    find(entry, ".edit", HTMLButtonElement).onclick = () => this.#edit(message);
    find(entry, ".urge", HTMLButtonElement).onclick = () => this.#tell("urge", { id });
    find(entry, ".remove-queued", HTMLButtonElement).onclick = () => {
      const neighbour = (entry.nextElementSibling ?? entry.previousElementSibling)?.querySelector(".remove-queued");
      this.#tell("remove", { id });
      if (neighbour instanceof HTMLElement) neighbour.focus();
    };
    return entry;
  }

  /** Open the editor of a message that was being edited when the page was left. @param {QueuedMessage} message */
  #resumeEdit({ id }) {
    const unfinished = readEdit(id);
    if (unfinished.length) this.#openEditor(id, unfinished);
  }

  /** @param {QueuedMessage} message */
  #edit({ id, content }) {
    const editor = this.#entry(id)?.querySelector("message-editor");
    const opened = editor instanceof MessageEditor ? editor : this.#openEditor(id, content);
    opened.field.focus();
  }

  /**
   * @param {string} id
   * @param {Part[]} content
   */
  #openEditor(id, content) {
    const opener = document.activeElement;
    const editor = fromTemplate("#message-editor-template", MessageEditor);
    editor.dataset.response = id;
    find(editor, ".save", HTMLButtonElement).textContent = gettext("Save");
    editor.addEventListener("ask", (event) => {
      // It isn't a message of the composer around it.
      event.stopPropagation();
      editor.remove();
      this.#tell("save", { id, content: /** @type {CustomEvent<Part[]>} */ (event).detail });
    });
    editor.addEventListener("cancel", () => {
      editor.remove();
      if (opener instanceof HTMLTextAreaElement) opener.focus();
      else this.#entry(id)?.querySelector("button")?.focus();
      this.#tell("settled", { id });
    });
    find(this.#entry(id) ?? this, ".message", HTMLElement).append(editor);
    editor.content = content;
    return editor;
  }

  /** @param {string} id */
  #entry(id) {
    return this.querySelector(`li[data-id="${id}"]`);
  }

  /**
   * @param {string} name
   * @param {{id: string, content?: Part[]}} detail
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

customElements.define("queued-messages", QueuedMessages);
