import { sourceOf } from "chat/items/citations";
import { find, fromTemplate } from "chat/lib/dom";

/** What an answer cites, each once, in the order of citing. */
export class AnswerSources extends HTMLElement {
  /** @param {unknown[]} annotations */
  show(annotations) {
    this.#list.replaceChildren();
    this.#count();
    for (const annotation of annotations) this.add(annotation);
  }

  /** @param {unknown} annotation */
  add(annotation) {
    const source = sourceOf(annotation);
    const links = /** @type {HTMLAnchorElement[]} */ ([...this.querySelectorAll("li > a")]);
    if (!source || links.some((link) => isOf(link, source))) return;
    const entry = fromTemplate("#source-template", HTMLLIElement);
    const link = find(entry, "a", HTMLAnchorElement);
    if (source.address) link.href = source.address;
    link.textContent = source.title;
    find(entry, ".host", HTMLElement).textContent = source.host;
    this.#list.append(entry);
    this.#count();
  }

  #count() {
    const count = this.#list.childElementCount;
    this.hidden = count === 0;
    find(this, ".count", HTMLElement).textContent = String(count);
  }

  get #list() {
    return find(this, "ol", HTMLOListElement);
  }
}

/**
 * @param {HTMLAnchorElement} link
 * @param {import("chat/items/citations").Source} source
 */
function isOf(link, { address, title }) {
  return address ? link.getAttribute("href") === address : !link.hasAttribute("href") && link.textContent === title;
}

customElements.define("answer-sources", AnswerSources);
