import { renderImage, renderLink } from "chat/markdown/render/links";
import { renderMath } from "chat/markdown/render/math";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/render/footnotes").Footnotes} Footnotes
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline").Inline} Inline
 * @typedef {import("chat/markdown/render/references").References} References
 */

/** Words beyond this go on in a line of their own: a browser lays out a paragraph as a whole. */
const LONGEST_LINE = 2000;

/** Draws the words of one leaf into an element. */
export class InlineRenderer {
  #words = new InlineContent();
  #element;
  #references;
  #footnotes;
  /** Where the words go now. */
  #line;
  #length = 0;
  /** What may change yet: one element, since a browser looks for the direction of the words after each that goes. */
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

  /** @param {Block} leaf */
  update(leaf) {
    for (const { settled, open, length } of this.#words.update(leaf)) {
      this.#open.remove();
      if (this.#length > LONGEST_LINE) this.#goOn();
      this.#length += length;
      this.#line.append(...this.draw(settled));
      this.#open.replaceChildren(...this.draw(open));
      if (open.length) this.#line.append(this.#open);
    }
  }

  #goOn() {
    const line = document.createElement("span");
    line.className = "line piece";
    if (this.#line === this.#element) this.#element.append(line);
    else this.#line.after(line);
    this.#line = line;
    this.#length = 0;
  }

  /**
   * @param {Inline[]} nodes
   * @param {boolean} [isInLink]
   * @returns {ChildNode[]}
   */
  draw(nodes, isInLink = false) {
    return nodes.map((node) => this.#node(node, isInLink));
  }

  /**
   * @param {Inline} node
   * @param {boolean} isInLink
   * @returns {ChildNode}
   */
  #node(node, isInLink) {
    const { type, text = "", children = [], href = "", label = "" } = node;
    const inner = () => this.draw(children, isInLink || type === "link");
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
        return this.#footnotes.refer(label);
      case "reference":
        return this.#references.refer(node, isInLink, () => this.draw(children, true));
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
