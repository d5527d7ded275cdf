import { find } from "chat/dom";

/** How long it stays, in milliseconds, from the last time that somebody had the pointer or the focus in it. */
const STAYS = 10_000;

/** One line about what was just done, with a way to take it back. */
export class PageToast extends HTMLElement {
  #timer = 0;

  connectedCallback() {
    for (const name of ["pointerenter", "focusin"]) this.addEventListener(name, () => clearTimeout(this.#timer));
    for (const name of ["pointerleave", "focusout"]) this.addEventListener(name, () => this.#stay());
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
    clearTimeout(this.#timer);
    this.removeAttribute("data-shown");
    find(this, "p", HTMLElement).textContent = "";
    for (const button of this.querySelectorAll("button")) button.hidden = true;
  }

  #stay() {
    clearTimeout(this.#timer);
    if (!this.matches(":hover, :focus-within")) this.#timer = setTimeout(() => this.hide(), STAYS);
  }
}

customElements.define("page-toast", PageToast);

/** The page's own. */
export const toast = () => find(document, "page-toast", PageToast);
