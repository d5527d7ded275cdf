import { pastHalf } from "chat/lib/characters";
import { keepSelection } from "chat/lib/keep-selection";
import { plainText } from "chat/markdown/plain";
import { renderImage, renderLink } from "chat/markdown/render/links";
import { renderMath } from "chat/markdown/render/math";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/render/footnotes").Footnotes} Footnotes
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 * @typedef {import("chat/markdown/render/references").References} References
 */

/**
 * Longer text, in characters, continues in another element: a browser lays out each one as a whole. The first one that
 * it reaches decides: a line break that is there, the end of a sentence, or any character.
 */
const MAX_LENGTH = { lines: 2000, sentences: 10_000, characters: 20_000 };
/** As how many characters an element counts besides its text, because of what it costs to lay it out. */
const ELEMENT_LENGTH = 20;
const SENTENCE_END = /[.!?…]["'”’»)]*$/;
const EAST_ASIAN_SENTENCE_END = /[。！？]/g;

/** A renderer of the inline content of one leaf. */
export class InlineRenderer {
  #content = new InlineContent();
  #element;
  #references;
  #footnotes;
  /** The element to which nodes are appended. */
  #line;
  #length = 0;
  /** The last characters of that element's text. */
  #tail = "";
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
    keepSelection(this.#element, () => {
      for (const { settled, open } of this.#content.update(leaf)) {
        this.#open.remove();
        for (const node of settled) this.#append(node);
        this.#open.replaceChildren(...this.render(open));
        if (open.length) this.#line.append(this.#open);
      }
    });
  }

  /**
   * Append a node that is final. What it does depends on the text alone, not on the pieces in which that arrived.
   *
   * @param {Inline} node
   */
  #append(node) {
    const { type, text = "" } = node;
    const end = type === "text" ? this.#endOfLine(text) : -1;
    if (end >= 0) {
      this.#line.append(text.slice(0, end));
      this.#beginLine();
      if (end < text.length) this.#append({ type, text: text.slice(end) });
      return;
    }
    const plain = plainText([node]);
    this.#length += plain.length + (type === "text" ? 0 : ELEMENT_LENGTH);
    this.#tail = (this.#tail + plain).slice(-3);
    // A browser lays out one long text faster than many short ones.
    if (type === "text" && this.#line.lastChild instanceof Text) this.#line.lastChild.appendData(text);
    else this.#line.append(this.#node(node, false));
    if (type === "break" && this.#length > MAX_LENGTH.lines) this.#beginLine();
  }

  /**
   * Return where a text must continue in another element, or -1.
   *
   * @param {string} text
   */
  #endOfLine(text) {
    const room = { sentence: MAX_LENGTH.sentences - this.#length, character: MAX_LENGTH.characters - this.#length };
    if (room.sentence <= 0 && /^\s/.test(text) && SENTENCE_END.test(this.#tail)) return 0;
    EAST_ASIAN_SENTENCE_END.lastIndex = Math.max(0, room.sentence);
    const sentence = EAST_ASIAN_SENTENCE_END.exec(text);
    if (sentence) return sentence.index + 1;
    return room.character <= text.length ? pastHalf(text, Math.max(1, room.character)) : -1;
  }

  #beginLine() {
    const line = document.createElement("span");
    line.className = "line piece";
    if (this.#line === this.#element) this.#element.append(line);
    else this.#line.after(line);
    this.#line = line;
    this.#length = 0;
    this.#tail = "";
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
        return Object.assign(element("code", [text]), { dir: "ltr" });
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
