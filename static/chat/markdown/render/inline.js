import { renderImage, renderLink } from "chat/markdown/render/links";
import { renderMath } from "chat/markdown/render/math";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/render/footnotes").Footnotes} Footnotes
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 * @typedef {import("chat/markdown/render/references").References} References
 */

/** Longer text, in characters, continues in another element: a browser lays out each one as a whole. */
const MAX_LINE_LENGTH = 2000;

/** A renderer of the inline content of one leaf. */
export class InlineRenderer {
  #content = new InlineContent();
  #element;
  #references;
  #footnotes;
  /** The element to which nodes are appended. */
  #line;
  #length = 0;
  /** The nodes that may change, in one element: a browser determines the text's direction anew after each removal. */
  #open = document.createElement("span");

  /**
   * @param {HTMLElement} element
   * @param {References} references
   * @param {Footnotes} footnotes
   */
  constructor(element, references, footnotes) {
    this.#element = this.#line = element;
    this.#references = references;
    this.#footnotes = footnotes;
  }

  /**
   * Render the leaf's pending text.
   *
   * @param {Block} leaf
   */
  update(leaf) {
    for (const { settled, open, length } of this.#content.update(leaf)) {
      this.#open.remove();
      if (this.#length > MAX_LINE_LENGTH) this.#beginLine();
      this.#length += length;
      this.#line.append(...this.render(settled));
      this.#open.replaceChildren(...this.render(open));
      if (open.length) this.#line.append(this.#open);
    }
  }

  #beginLine() {
    const line = document.createElement("span");
    line.className = "line piece";
    if (this.#line === this.#element) this.#element.append(line);
    else this.#line.after(line);
    this.#line = line;
    this.#length = 0;
  }

  /**
   * Return the DOM nodes for inline nodes.
   *
   * @param {Inline[]} nodes
   * @param {boolean} [isInLink]
   * @returns {ChildNode[]}
   */
  render(nodes, isInLink = false) {
    return nodes.map((node) => this.#node(node, isInLink));
  }

  /**
   * @param {Inline} node
   * @param {boolean} isInLink
   * @returns {ChildNode}
   */
  #node(node, isInLink) {
    const { type, text = "", children = [], href = "", label = "" } = node;
    const inner = () => this.render(children, isInLink || type === "link");
    switch (type) {
      case "text":
        return document.createTextNode(text);
      case "break":
        return document.createElement("br");
      case "code":
        return element("code", [text]);
      case "math":
        return renderMath(text, node.isDisplay ?? false);
      case "link":
        return isInLink ? element("span", inner()) : renderLink(href, inner());
      case "image":
        return isInLink ? element("span", inner()) : renderImage(href, inner());
      case "footnote":
        return this.#footnotes.createMark(label);
      case "reference":
        return this.#references.render(node, isInLink, () => this.render(children, true));
      default:
        return element(type, inner());
    }
  }
}

/**
 * @param {string} name
 * @param {(Node | string)[]} children
 */
function element(name, children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}
