import { renderImage, renderLink } from "chat/markdown/render/links";

/**
 * @typedef {import("chat/markdown/inline").Inline} Inline
 * @typedef {{element: HTMLElement, node: Inline, isInLink: boolean, words: () => ChildNode[]}} Reference
 */

/** Links whose addresses stand elsewhere in the text: above, or below where they have not come yet. */
export class References {
  /** @type {Map<string, string>} */ #addresses = new Map();
  /** @type {Map<string, Reference[]>} */ #waiting = new Map();
  #isEnded = false;

  /**
   * @param {string} label
   * @param {string} href
   */
  define(label, href) {
    const name = normal(label);
    if (this.#addresses.has(name)) return;
    this.#addresses.set(name, href);
    for (const reference of this.#waiting.get(name) ?? []) this.#link(reference);
    this.#waiting.delete(name);
  }

  /**
   * @param {Inline} node
   * @param {boolean} isInLink
   * @param {() => ChildNode[]} words
   */
  refer(node, isInLink, words) {
    const name = normal(node.label ?? "");
    const reference = { element: document.createElement("span"), node, isInLink, words };
    if (this.#addresses.has(name)) return this.#link(reference);
    // With a label of its own it will be a link; else its brackets are most likely just that.
    if (node.suffix && !this.#isEnded) reference.element.append(...words());
    else write(reference);
    if (!this.#isEnded) this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), reference]);
    return reference.element;
  }

  /** No definition comes any more: what is left was no link. */
  end() {
    this.#isEnded = true;
    for (const reference of [...this.#waiting.values()].flat()) write(reference);
    this.#waiting.clear();
  }

  /** @param {Reference} reference */
  #link({ element, node, isInLink, words }) {
    const href = this.#addresses.get(normal(node.label ?? "")) ?? "";
    const drawn = isInLink ? element : (node.isImage ? renderImage : renderLink)(href, words());
    if (isInLink) element.replaceChildren(...words());
    else element.replaceWith(drawn);
    return drawn;
  }
}

/** Shows it as it was written. @param {Reference} reference */
function write({ element, node, words }) {
  element.replaceChildren(node.isImage ? "![" : "[", ...words(), `]${node.suffix}`);
}

/** @param {string} label */
function normal(label) {
  return label.trim().toLowerCase().replace(/\s+/g, " ");
}
