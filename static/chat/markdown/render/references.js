import { decodeMarkdown } from "chat/markdown/entities";
import { renderImage, renderLink } from "chat/markdown/render/links";
import { normalizeLabel } from "chat/markdown/syntax";

/**
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 * @typedef {{element: HTMLElement, node: Inline, isInLink: boolean, renderText: () => ChildNode[]}} Reference
 */

/** The reference links of one text, whose URLs are defined elsewhere in it and may not have arrived. */
export class References {
  /** @type {Map<string, string>} */ #urls = new Map();
  /** @type {Map<string, Reference[]>} */ #waiting = new Map();
  #isEnded = false;

  /**
   * Add a link reference definition, and resolve the references that wait for it.
   *
   * @param {string} label
   * @param {string} href
   */
  define(label, href) {
    const name = normalizeLabel(label);
    if (this.#urls.has(name)) return;
    this.#urls.set(name, href);
    for (const reference of this.#waiting.get(name) ?? []) this.#resolve(reference);
    this.#waiting.delete(name);
  }

  /**
   * Render a reference: as a link if its definition has arrived, otherwise as a placeholder.
   *
   * @param {Inline} node
   * @param {boolean} isInLink
   * @param {() => ChildNode[]} renderText renders the text of the link
   */
  render(node, isInLink, renderText) {
    const name = normalizeLabel(node.label ?? "");
    const reference = { element: document.createElement("span"), node, isInLink, renderText };
    if (this.#urls.has(name)) return this.#resolve(reference);
    // With an explicit label it will most likely be a link; without one, its brackets are most likely plain text.
    if (node.suffix && !this.#isEnded) reference.element.append(...renderText());
    else showSource(reference);
    if (!this.#isEnded) this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), reference]);
    return reference.element;
  }

  /** Show the unresolved references as plain text: the text is complete. */
  end() {
    this.#isEnded = true;
    for (const reference of [...this.#waiting.values()].flat()) showSource(reference);
    this.#waiting.clear();
  }

  /** @param {Reference} reference */
  #resolve({ element, node, isInLink, renderText }) {
    const href = this.#urls.get(normalizeLabel(node.label ?? "")) ?? "";
    const rendered = isInLink ? element : (node.isImage ? renderImage : renderLink)(href, renderText());
    if (isInLink) element.replaceChildren(...renderText());
    else element.replaceWith(rendered);
    return rendered;
  }
}

/**
 * Show a reference as its source.
 *
 * @param {Reference} reference
 */
function showSource({ element, node, renderText }) {
  element.replaceChildren(node.isImage ? "![" : "[", ...renderText(), `]${decodeMarkdown(node.suffix ?? "")}`);
}
