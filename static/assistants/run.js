/** The page of a run of test questions, which shows the answers as they come. */

import { find } from "chat/lib/dom";
import { fetchDocument } from "chat/lib/http";

/** Between two looks, in milliseconds. */
const LOOK_AFTER_MS = 1500;
/** What the page shows anew. */
const PARTS = [".progress", ".results"];

class TestRun extends HTMLElement {
  connectedCallback() {
    this.#wait();
  }

  #wait() {
    if (find(this, ".progress", HTMLElement).dataset.open !== undefined) setTimeout(() => this.#look(), LOOK_AFTER_MS);
  }

  async #look() {
    const { page } = await fetchDocument(location.href);
    // Without an answer, it looks again.
    if (page?.querySelector("test-run")) for (const part of PARTS) this.#show(part, page);
    this.#wait();
  }

  /**
   * @param {string} part
   * @param {Document} page
   */
  #show(part, page) {
    const [shown, fetched] = [find(this, part, HTMLElement), find(page, part, HTMLElement)];
    const words = shown.querySelector("[role=status]");
    shown.toggleAttribute("data-open", fetched.dataset.open !== undefined);
    if (words) {
      // The same element says something new, so that it is read out.
      words.textContent = fetched.querySelector("[role=status]")?.textContent ?? "";
      if (fetched.dataset.open === undefined) shown.querySelector("form")?.remove();
    } else if (shown.innerHTML !== fetched.innerHTML) {
      shown.replaceWith(document.importNode(fetched, true));
    }
  }
}

customElements.define("test-run", TestRun);
