/** The list of assistants: each can be archived, and made one's own default. */

import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

/** @type {Record<string, string>} */
const SENTENCES = {
  archive: gettext("“%(name)s” was archived."),
  unarchive: gettext("“%(name)s” is back in the list."),
};

class AssistantList extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      const entry = button?.closest("li");
      if (button && entry) this.#act(button, entry);
    });
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLLIElement} entry
   */
  async #act(button, entry) {
    const { classList } = button;
    const isArchiving = classList.contains("archive");
    if (isArchiving || classList.contains("unarchive")) {
      if (await this.#archive(entry, isArchiving)) this.#remove(entry, isArchiving);
    } else if (classList.contains("default") || classList.contains("no-default")) {
      const method = classList.contains("default") ? "PUT" : "DELETE";
      // The mark of another one changes, too.
      if (await this.#try(() => request(method, entry.dataset.defaultUrl ?? ""))) location.reload();
    }
  }

  /**
   * @param {HTMLLIElement} entry
   * @param {boolean} isArchived
   */
  #remove(entry, isArchived) {
    const beside = entry.nextElementSibling ?? entry.previousElementSibling;
    const parent = /** @type {HTMLElement} */ (entry.parentElement);
    const next = entry.nextElementSibling;
    entry.remove();
    find(beside ?? document, beside ? "a, button" : ".back a", HTMLElement).focus();
    const sentence = interpolate(SENTENCES[isArchived ? "archive" : "unarchive"], { name: entry.dataset.name ?? "" });
    toast().show(sentence, gettext("Undo"), async () => {
      if (!(await this.#archive(entry, !isArchived))) return;
      parent.insertBefore(entry, next);
      find(entry, "a, button", HTMLElement).focus();
    });
  }

  /**
   * @param {HTMLLIElement} entry
   * @param {boolean} isArchived
   */
  #archive(entry, isArchived) {
    return this.#try(() => request("PATCH", entry.dataset.url ?? "", { archived: isArchived }));
  }

  /**
   * Do something, and return whether it worked. If not, say why.
   *
   * @param {() => Promise<unknown>} action
   */
  async #try(action) {
    this.#say("");
    try {
      await action();
      return true;
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
      return false;
    }
  }

  /** @param {string} problem */
  #say(problem) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = problem;
    error.hidden = !problem;
  }
}

customElements.define("assistant-list", AssistantList);
