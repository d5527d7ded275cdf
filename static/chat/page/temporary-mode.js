import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/**
 * The switch that makes a new conversation temporary. Its state is `offered` for a new conversation, `chosen` until the
 * first message is sent, then `open`; it is empty for any other conversation.
 */
export class TemporaryMode extends HTMLElement {
  connectedCallback() {
    find(this, ".toggle", HTMLButtonElement).onclick = () => this.choose(!this.isOn);
    find(this, ".end", HTMLButtonElement).onclick = async () => {
      await this.#end();
      location.assign("/");
    };
    document.addEventListener("click", (event) => this.#onClick(event));
  }

  get isOn() {
    return this.dataset.state === "chosen" || this.dataset.state === "open";
  }

  /** @param {boolean} isWanted */
  choose(isWanted) {
    this.dataset.state = isWanted ? "chosen" : "offered";
    find(this, ".toggle", HTMLButtonElement).ariaPressed = String(isWanted);
  }

  /** The id of the conversation, once it has one. */
  set conversation(/** @type {string} */ id) {
    this.dataset.state = this.isOn ? "open" : "";
    this.dataset.conversation = id;
  }

  /**
   * End the conversation when the person goes to another one in this tab. Exporting another one, or listing more of
   * them, doesn't leave this one.
   *
   * @param {MouseEvent} event
   */
  #onClick({ target, defaultPrevented, ctrlKey, metaKey, shiftKey }) {
    const link = target instanceof Element && target.closest("conversation-list a[href]:not([download]), .site-name");
    const isLeft = link && !defaultPrevented && !ctrlKey && !metaKey && !shiftKey;
    if (isLeft && this.dataset.state === "open") this.#end();
  }

  async #end() {
    try {
      await request("DELETE", `/temporary/${this.dataset.conversation}/`);
    } catch {
      // It ends by itself once no page has it open.
    }
  }
}

customElements.define("temporary-mode", TemporaryMode);
