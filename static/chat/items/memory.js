import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/** A way to undo that a model has remembered a fact, or forgotten one. */
export class MemoryUndo extends HTMLElement {
  /** @param {import("chat/live/protocol").ToolCall} call */
  offer({ tool, memory }) {
    if (!memory) return;
    this.append(fromTemplate("#memory-undo-template", HTMLParagraphElement));
    const button = find(this, "button", HTMLButtonElement);
    const address = `/memories/${memory.id}/`;
    button.onclick = async () => {
      button.disabled = true;
      try {
        await (tool === "forget" ? request("PUT", address, { text: memory.text }) : request("DELETE", address));
        this.#say(gettext("Undone"));
      } catch (error) {
        button.disabled = false;
        this.#say(/** @type {Error} */ (error).message);
        return;
      }
      find(this, "a", HTMLElement).focus();
      button.remove();
    };
  }

  /** @param {string} words */
  #say(words) {
    find(this, ".said", HTMLElement).textContent = words;
  }
}

customElements.define("memory-undo", MemoryUndo);
