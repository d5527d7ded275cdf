/** What models have remembered about a person: each memory can be edited and deleted, and that undone. */

import { attempt } from "chat/lib/attempt";
import { find } from "chat/lib/dom";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";

class MemoryList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      const entry = button?.closest("li");
      if (button?.classList.contains("delete-all")) this.#deleteAll(button);
      else if (entry && button?.classList.contains("edit")) this.#edit(entry);
      else if (entry && button?.classList.contains("delete")) this.#delete(entry);
    });
  }

  get #entries() {
    return [...this.querySelectorAll("li")];
  }

  /** @param {HTMLLIElement} entry */
  #edit(entry) {
    const text = find(entry, ".text", HTMLElement);
    const form = /** @type {HTMLFormElement} */ (find(this, "template", HTMLTemplateElement).content.firstElementChild);
    const made = /** @type {HTMLFormElement} */ (form.cloneNode(true));
    const field = find(made, "textarea", HTMLTextAreaElement);
    field.value = text.textContent ?? "";
    const close = () => {
      made.remove();
      entry.classList.remove("editing");
      find(entry, ".edit", HTMLElement).focus();
    };
    find(made, ".cancel", HTMLElement).onclick = close;
    made.onkeydown = (event) => {
      if (event.key === "Escape") close();
    };
    made.onsubmit = async (event) => {
      event.preventDefault();
      const response = await attempt("PUT", entry.dataset.url ?? "", { text: field.value });
      if (!response) return;
      const kept = await response.json();
      close();
      // The same words may stand in another one already.
      if (!entry.dataset.url?.includes(kept.id)) this.#remove(entry);
      else text.textContent = kept.text;
    };
    entry.classList.add("editing");
    text.after(made);
    field.focus();
  }

  /** @param {HTMLLIElement} entry */
  async #delete(entry) {
    if (!(await attempt("DELETE", entry.dataset.url ?? ""))) return;
    const next = entry.nextElementSibling;
    this.#remove(entry);
    toast().show(gettext("The memory was deleted."), gettext("Undo"), async () => {
      if (await this.#restore(entry, next)) find(entry, ".delete", HTMLElement).focus();
    });
  }

  /** @param {HTMLLIElement} entry */
  #remove(entry) {
    const beside = entry.nextElementSibling ?? entry.previousElementSibling;
    entry.remove();
    this.#showWhetherEmpty();
    find(beside ?? document, beside ? ".delete" : ".back a", HTMLElement).focus();
  }

  /** @param {HTMLButtonElement} button its value is the address of all */
  async #deleteAll(button) {
    if (!(await attempt("DELETE", button.value))) return;
    const entries = this.#entries;
    for (const entry of entries) entry.remove();
    this.#showWhetherEmpty();
    find(document, ".back a", HTMLElement).focus();
    toast().show(gettext("All memories were deleted."), gettext("Undo"), async () => {
      for (const entry of entries) if (!(await this.#restore(entry, null))) return;
      button.focus();
    });
  }

  /**
   * Bring back what was deleted. Return whether that worked.
   *
   * @param {HTMLLIElement} entry
   * @param {Element | null} before
   */
  async #restore(entry, before) {
    const { textContent: text } = find(entry, ".text", HTMLElement);
    if (!(await attempt("PUT", entry.dataset.url ?? "", { text }))) return false;
    find(this, "ul", HTMLElement).insertBefore(entry, before?.isConnected ? before : null);
    this.#showWhetherEmpty();
    return true;
  }

  #showWhetherEmpty() {
    const isEmpty = this.#entries.length === 0;
    find(this, ".none", HTMLElement).hidden = !isEmpty;
    find(this, ".delete-all", HTMLElement).hidden = isEmpty;
  }
}

customElements.define("memory-list", MemoryList);
