import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/**
 * Whether the conversation is a temporary one: offered for a new one, chosen until its first question is asked, open
 * from then on. Of any other conversation nothing is said here.
 */
export class TemporaryMode extends HTMLElement {
  connectedCallback() {
    find(this, ".toggle", HTMLButtonElement).onclick = () => this.choose(!this.isOn);
    find(this, ".end", HTMLButtonElement).onclick = async () => {
      await this.#end();
      location.assign("/");
    };
    document.addEventListener("click", (event) => this.#clicked(event));
  }

  get isOn() {
    return this.dataset.state === "chosen" || this.dataset.state === "open";
  }

  /** @param {boolean} isWanted */
  choose(isWanted) {
    this.dataset.state = isWanted ? "chosen" : "offered";
    find(this, ".toggle", HTMLButtonElement).ariaPressed = String(isWanted);
  }

  /** The one that is open now. */
  set conversation(/** @type {string} */ id) {
    this.dataset.state = this.isOn ? "open" : "";
    this.dataset.conversation = id;
  }

  /**
   * Who goes to another conversation in this tab has left this one. Whoever takes another one out, or has more of them
   * listed, stays here.
   *
   * @param {MouseEvent} event
   */
  #clicked({ target, defaultPrevented, ctrlKey, metaKey, shiftKey }) {
    const link = target instanceof Element && target.closest("conversation-list a[href]:not([download]), .site-name");
    const isLeft = link && !defaultPrevented && !ctrlKey && !metaKey && !shiftKey;
    if (isLeft && this.dataset.state === "open") this.#end();
  }

  async #end() {
    try {
      await request("DELETE", `/temporary/${this.dataset.conversation}/`);
    } catch {
      // It ends by itself as soon as nobody has it open.
    }
  }
}

customElements.define("temporary-mode", TemporaryMode);
