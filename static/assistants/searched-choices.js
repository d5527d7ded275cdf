/** Checkboxes of which there may be many: assistants, collections. They are searched if the list is long. */

import { find } from "chat/lib/dom";

/** So many are seen at one look. */
const MAX_UNSEARCHED = 8;

class SearchedChoices extends HTMLElement {
  connectedCallback() {
    if (this.#rows.length <= MAX_UNSEARCHED) return;
    const field = document.createElement("input");
    field.type = "search";
    field.ariaLabel = field.placeholder = this.dataset.label ?? "";
    field.autocomplete = "off";
    field.spellcheck = false;
    field.addEventListener("input", (event) => {
      // It is no field of the form.
      event.stopPropagation();
      this.#filter(field.value);
    });
    // Enter would save the form.
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
    find(this, "fieldset > div:last-child", HTMLElement).before(field);
  }

  get #rows() {
    return [...this.querySelectorAll("label:has(input)")].map((label) => /** @type {HTMLElement} */ (label));
  }

  /** Show what is chosen, and whose name has all the words. @param {string} words */
  #filter(words) {
    const wanted = fold(words).split(/\s+/).filter(Boolean);
    for (const row of this.#rows) {
      const isShown = wanted.every((word) => fold(row.textContent).includes(word));
      const { parentElement: line } = row;
      if (line) line.hidden = !isShown && !find(row, "input", HTMLInputElement).checked;
    }
  }
}

/** @param {string | null} text */
const fold = (text) => (text ?? "").normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

customElements.define("searched-choices", SearchedChoices);
