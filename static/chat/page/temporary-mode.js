import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/**
 * The switch that makes a new conversation temporary. Its state is `offered` for a new conversation, `chosen` until the
 * first message is sent, then `open`; it is empty for any other conversation.
 *
 * Event: `end`, when the person has deleted the conversation.
 */
export class TemporaryMode extends HTMLElement {
  connectedCallback() {
    find(this, ".toggle", HTMLButtonElement).onclick = () => this.choose(!this.isOn);
    find(this, ".end", HTMLButtonElement).onclick = async () => {
      await this.end();
      this.dispatchEvent(new Event("end"));
    };
    this.#guard();
  }

  disconnectedCallback() {
    this.#guard();
  }

  /** Let the browser ask whether to close the page. @param {Event} event */
  handleEvent(event) {
    event.preventDefault();
  }

  /** Whether the conversation is temporary and has begun. */
  get isOpen() {
    return this.dataset.state === "open";
  }

  get isOn() {
    return this.dataset.state === "chosen" || this.isOpen;
  }

  /** @param {boolean} isWanted */
  choose(isWanted) {
    this.dataset.state = isWanted ? "chosen" : "offered";
    find(this, ".toggle", HTMLButtonElement).ariaChecked = String(isWanted);
  }

  /** The id of the conversation, once it has one. */
  set conversation(/** @type {string} */ id) {
    this.dataset.state = this.isOn ? "open" : "";
    this.dataset.conversation = id;
    this.#guard();
  }

  /**
   * Listen to the closing of the page only while that would lose something: a listener keeps it out of caches. What is
   * tried beside an assistant's form is lost by each new try.
   */
  #guard() {
    const isTried = document.body.classList.contains("tried");
    if (this.isOpen && this.isConnected && !isTried) addEventListener("beforeunload", this);
    else removeEventListener("beforeunload", this);
  }

  /**
   * Ask the person whether to leave the conversation, if it is open: it can't be opened again. Delete it if so.
   *
   * @returns {Promise<boolean>} whether to leave
   */
  async mayLeave() {
    if (!this.isOpen) return true;
    const dialog = find(this, "dialog", HTMLDialogElement);
    // The browser's back button may be pressed while it is asked.
    if (!dialog.open) {
      dialog.returnValue = "";
      dialog.showModal();
    }
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    const isLeft = dialog.returnValue === "leave";
    if (isLeft) await this.end();
    return isLeft;
  }

  /** Delete the conversation. */
  async end() {
    this.dataset.state = "";
    this.#guard();
    try {
      await request("DELETE", `/temporary/${this.dataset.conversation}/`);
    } catch {
      // It is deleted once no page has it open.
    }
  }
}

customElements.define("temporary-mode", TemporaryMode);
