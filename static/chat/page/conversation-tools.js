import { exportUrl } from "chat/lib/address";
import { find } from "chat/lib/dom";

/**
 * What can be done with the conversation that is open: sharing it, taking it out.
 *
 * Events: `share`.
 */
export class ConversationTools extends HTMLElement {
  connectedCallback() {
    const menu = find(this, "[popover]", HTMLElement);
    menu.addEventListener("beforetoggle", () => this.#nameExports());
    menu.addEventListener("click", () => menu.hidePopover());
    find(this, ".share", HTMLButtonElement).onclick = () => this.dispatchEvent(new Event("share"));
    this.conversation = this.dataset.conversation ?? "";
  }

  /** Empty for one that begins with its first question. */
  set conversation(/** @type {string} */ id) {
    this.dataset.conversation = id;
    this.hidden = !id;
  }

  /** The branch that the address names is the one that is taken out. */
  #nameExports() {
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (this.querySelectorAll(".export"))) {
      link.href = exportUrl(this.dataset.conversation ?? "", link.dataset.format ?? "", true);
    }
  }
}

customElements.define("conversation-tools", ConversationTools);
