import { depthOf, Emphasis, MAX_NESTING } from "chat/markdown/emphasis";

/**
 * @typedef {object} Inline
 * @property {string} type
 * @property {string} [text]
 * @property {Inline[]} [children]
 * @property {string} [href]
 * @property {string} [label] the label of a link reference or of a footnote
 * @property {string} [suffix] the source behind the text of a reference, such as `[label]`
 * @property {boolean} [isImage]
 * @property {boolean} [isDisplay]
 * @property {number} [depth] how many nodes are nested in it, with itself
 *
 * @typedef {{node: Inline, at: number, delimiters: number, isImage: boolean, isActive: boolean}} Bracket
 * @typedef {{node: Inline, name: string, delimiters: number, brackets: number}} Tag
 */

/** The state of an inline parser: the text, how far it is parsed, the nodes so far, and what is open. */
export class InlineState {
  /** @type {Inline[]} */ nodes = [];
  text;
  at = 0;
  isOpen;
  /** Whether more text could change something that was parsed, so that nothing after it can settle. */
  isBlocked = false;
  emphasis = new Emphasis(this.nodes);
  /** @type {Bracket[]} */ brackets = [];
  /** @type {Tag[]} */ tags = [];

  /**
   * @param {string} text
   * @param {boolean} isOpen whether more text may arrive
   */
  constructor(text, isOpen) {
    this.text = text;
    this.isOpen = isOpen;
  }

  /** Whether the current character is the last one for now. */
  get isAtEnd() {
    return this.isOpen && this.at + 1 >= this.text.length;
  }

  /**
   * Match a sticky expression at an index.
   *
   * @param {RegExp} sticky
   */
  matches(sticky, at = this.at) {
    sticky.lastIndex = at;
    return sticky.exec(this.text);
  }

  /**
   * Add a text, whose source is consumed.
   *
   * @param {string} text
   * @param {number} [length] the length of its source, if that differs
   */
  add(text, length = text.length) {
    const node = { type: "text", text };
    this.nodes.push(node);
    this.at += length;
    return node;
  }

  /**
   * Add a node, whose source is consumed.
   *
   * @param {Inline} node
   * @param {number} length
   */
  put(node, length) {
    this.nodes.push(node);
    this.at += length;
  }

  /** Hold back the text from here on until more has arrived. */
  hold(at = this.at) {
    this.text = this.text.slice(0, at);
    this.at = at;
  }

  /**
   * Replace a node, and all that follow it, by one that has those as its children.
   *
   * @param {{node: Inline, delimiters: number}} from
   * @param {Inline} wrapped
   * @returns {boolean} whether it was: not if another node contains the first one, or nodes would nest too deep
   */
  wrap({ node, delimiters }, wrapped) {
    this.emphasis.match(delimiters);
    this.emphasis.forget(delimiters);
    const at = this.nodes.lastIndexOf(node);
    const children = this.nodes.slice(at + 1);
    const depth = 1 + depthOf(children);
    if (at < 0 || depth > MAX_NESTING) return false;
    this.nodes.length = at;
    this.nodes.push({ ...wrapped, children, depth });
    return true;
  }
}
