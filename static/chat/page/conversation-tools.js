import { exportUrl } from "chat/lib/address";
import { find } from "chat/lib/dom";

/**
 * The menu of the open conversation, with which it is shared and exported.
 *
 * Events: `share`.
 */
export class ConversationTools extends HTMLElement {
  connectedCallback() {
    const menu = find(this, "[popover]", HTMLElement);
    menu.addEventListener("beforetoggle", () => this.#updateExportLinks());
    menu.addEventListener("click", () => menu.hidePopover());
    find(this, ".share", HTMLButtonElement).onclick = () => this.dispatchEvent(new Event("share"));
    this.conversation = this.dataset.conversation ?? "";
  }

  /** The conversation's id; empty for a new one. */
  set conversation(/** @type {string} */ id) {
    this.dataset.conversation = id;
    this.hidden = !id;
  }

  /** Point the export links to the branch that the URL names. */
  #updateExportLinks() {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.querySelectorAll(".export"))) {
      link.href = exportUrl(this.dataset.conversation ?? "", link.dataset.format ?? "", true);
    }
  }
}

customElements.define("conversation-tools", ConversationTools);
