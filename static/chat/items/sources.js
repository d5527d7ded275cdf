import { sourceOf } from "chat/items/citations";
import { find, fromTemplate } from "chat/lib/dom";

/** The sources that the responses of a turn cite, each once, in the order of the citations. */
export class AnswerSources extends HTMLElement {
  /** The annotations of each output. @type {Map<Element, unknown[]>} */ #cited = new Map();

  /**
   * Show what an output cites.
   *
   * @param {Element} output
   * @param {unknown[]} annotations
   */
  cite(output, annotations) {
    this.#cited.set(output, [...annotations]);
    this.#list.replaceChildren();
    this.#updateCount();
    for (const annotation of [...this.#cited.values()].flat()) this.#show(annotation);
  }

  /**
   * Add what an output cites, too.
   *
   * @param {Element} output
   * @param {unknown} annotation
   */
  add(output, annotation) {
    this.#cited.set(output, [...(this.#cited.get(output) ?? []), annotation]);
    this.#show(annotation);
  }

  /** Show the source of an annotation, if it has one that isn't listed yet. @param {unknown} annotation */
  #show(annotation) {
    const source = sourceOf(annotation);
    const links = /** @type {HTMLAnchorElement[]} */ ([...this.querySelectorAll("li > a")]);
    if (!source || links.some((link) => isLinkTo(link, source))) return;
    const entry = fromTemplate("#source-template", HTMLLIElement);
    const link = find(entry, "a", HTMLAnchorElement);
    if (source.url) link.href = source.url;
    link.textContent = source.title;
    find(entry, ".host", HTMLElement).textContent = source.host;
    this.#list.append(entry);
    this.#updateCount();
  }

  #updateCount() {
    const count = this.#list.childElementCount;
    this.hidden = count === 0;
    find(this, ".count", HTMLElement).textContent = String(count);
  }

  get #list() {
    return find(this, "ol", HTMLOListElement);
  }
}

/**
 * Return whether a link is that of a source.
 *
 * @param {HTMLAnchorElement} link
 * @param {import("chat/items/citations").Source} source
 */
function isLinkTo(link, { url, title }) {
  return url ? link.getAttribute("href") === url : !link.hasAttribute("href") && link.textContent === title;
}

customElements.define("answer-sources", AnswerSources);
