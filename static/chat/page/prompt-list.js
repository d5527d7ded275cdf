/** The page of all prompts that one may insert: those that one may change can be deleted, and that undone. */

import { attempt, listenForUndo } from "chat/lib/attempt";
import { find } from "chat/lib/dom";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

class PromptList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button?.classList.contains("delete")) this.#delete(button);
    });
    listenForUndo();
  }

  /** @param {HTMLButtonElement} button its value is the prompt's address */
  async #delete(button) {
    button.disabled = true;
    const isDone = await attempt("DELETE", button.value);
    button.disabled = false;
    const entry = button.closest("li");
    if (!isDone || !entry) return;
    const [list, next] = [entry.parentElement, entry.nextElementSibling];
    const beside = (next ?? entry.previousElementSibling)?.querySelector(".delete");
    entry.remove();
    this.#showWhetherEmpty();
    find(beside?.parentElement ?? document, beside ? ".delete" : ".new-prompt", HTMLElement).focus();
    const name = find(entry, ".name", HTMLElement).textContent ?? "";
    toast().show(interpolate(gettext("“%(title)s” was deleted."), { title: name }), gettext("Undo"), async () => {
      if (!(await attempt("POST", button.dataset.restore ?? ""))) return;
      list?.insertBefore(entry, next?.isConnected ? next : null);
      this.#showWhetherEmpty();
      button.focus();
    });
  }

  #showWhetherEmpty() {
    find(this, ".none", HTMLElement).hidden = this.querySelector("li") !== null;
  }
}

customElements.define("prompt-list", PromptList);
