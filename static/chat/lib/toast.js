import { find } from "chat/lib/dom";

/**
 * How long it stays, in milliseconds, once the pointer is used elsewhere. For whoever uses the keyboard, and comes here
 * by many steps, it stays.
 */
const STAYS = 10_000;

/** One line about what was just done, with a way to take it back. */
export class PageToast extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    document.addEventListener("keydown", () => this.#stay());
    for (const name of ["pointermove", "pointerdown"])
      document.addEventListener(name, () => this.#pointed(), { passive: true });
    find(this, ".dismiss", HTMLButtonElement).onclick = () => this.hide();
  }

  /**
   * @param {string} sentence
   * @param {string} [label] of the button
   * @param {() => void} [act] what the button does
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
    this.#stay();
  }

  hide() {
    this.#stay();
    this.removeAttribute("data-shown");
    find(this, "p", HTMLElement).textContent = "";
    for (const button of this.querySelectorAll("button")) button.hidden = true;
  }

  #stay() {
    clearTimeout(this.#timer);
    this.#timer = 0;
  }

  #pointed() {
    if (!this.hasAttribute("data-shown")) return;
    if (this.matches(":hover, :focus-within")) this.#stay();
    else this.#timer ||= setTimeout(() => this.hide(), STAYS);
  }
}

customElements.define("page-toast", PageToast);

/** The page's own. */
export const toast = () => find(document, "page-toast", PageToast);
