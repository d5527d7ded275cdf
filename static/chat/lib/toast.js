import { find } from "chat/lib/dom";

/**
 * How long the toast stays after the pointer was used elsewhere, in milliseconds. People who use the keyboard need many
 * steps to reach it, so for them it stays.
 */
const HIDE_AFTER_MS = 10_000;

/** A short message about what was just done, with a button that undoes it. */
export class PageToast extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    document.addEventListener("keydown", () => this.#cancelTimer());
    for (const name of ["pointermove", "pointerdown"])
      document.addEventListener(name, () => this.#pointerUsed(), { passive: true });
    find(this, ".dismiss", HTMLButtonElement).onclick = () => this.hide();
  }

  /**
   * Show a sentence, with a button if there is something to do.
   *
   * @param {string} sentence
   * @param {string} [label] the label of the button
   * @param {() => void} [act] called when the button is pressed
   */
  show(sentence, label, act) {
    find(this, "p", HTMLElement).textContent = sentence;
    const button = find(this, ".act", HTMLButtonElement);
    button.hidden = !act;
    button.textContent = label ?? "";
    button.onclick = () => {
      this.hide();
      act?.();
    };
    find(this, ".dismiss", HTMLButtonElement).hidden = false;
    this.toggleAttribute("data-shown", true);
    this.#cancelTimer();
  }

  /** Hide the toast. */
  hide() {
    this.#cancelTimer();
    this.removeAttribute("data-shown");
    find(this, "p", HTMLElement).textContent = "";
    for (const button of this.querySelectorAll("button")) button.hidden = true;
  }

  #cancelTimer() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #pointerUsed() {
    if (!this.hasAttribute("data-shown")) return;
    if (this.matches(":hover, :focus-within")) this.#cancelTimer();
    else this.#timer ||= setTimeout(() => this.hide(), HIDE_AFTER_MS);
  }
}

customElements.define("page-toast", PageToast);

/** Return the page's toast. */
export const toast = () => find(document, "page-toast", PageToast);
