/** The page of all links that one shares: each can be copied and revoked. */

import { copy } from "chat/lib/copy";
import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

class OwnShares extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button?.classList.contains("copy")) copy(button, button.value);
      else if (button) this.#revoke(button);
    });
  }

  /** @param {HTMLButtonElement} button its value is the link's address */
  async #revoke(button) {
    this.#say("");
    button.disabled = true;
    try {
      await request("DELETE", button.value);
    } catch (error) {
      button.disabled = false;
      this.#say(/** @type {Error} */ (error).message);
      return;
    }
    const entry = button.closest("li");
    const beside = entry?.nextElementSibling ?? entry?.previousElementSibling;
    entry?.remove();
    find(this, ".none", HTMLElement).hidden = this.querySelector("li") !== null;
    find(beside ?? document, beside ? ".revoke" : ".back a", HTMLElement).focus();
  }

  /** @param {string} problem */
  #say(problem) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = problem;
    error.hidden = !problem;
  }
}

customElements.define("own-shares", OwnShares);
