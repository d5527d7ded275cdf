import { parseCommentEnd, parseMathEnd } from "chat/markdown/block-syntax";

/**
 * @typedef {import("chat/markdown/line").Line} Line
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/tree").BlockTree} BlockTree
 */

/** A formula or a comment that doesn't end within this many characters is text. */
const MAX_LENGTH = 10_000;

/**
 * A leaf that only its last line confirms: a formula or a comment.
 *
 * Until then, its source lines are kept, to be read again as text. A paragraph before it goes on in that case.
 */
export class UnconfirmedLeaf {
  #tree;
  /** @type {string[]} */ #lines = [];

  /** @param {BlockTree} tree */
  constructor(tree) {
    this.#tree = tree;
  }

  /** Whether the open leaf is one. */
  get isOpen() {
    const type = this.#tree.leaf?.type;
    return type === "math" || type === "comment";
  }

  /**
   * Open one with its first line.
   *
   * @param {"math" | "comment"} type
   * @param {Partial<Block>} properties
   * @param {string} content the line without the markers of its containers, which may have been opened by it
   */
  open(type, properties, content) {
    this.#tree.openUnconfirmed(type, properties);
    this.#lines = [content];
  }

  /**
   * Note more of the last line.
   *
   * @param {string} text
   */
  append(text) {
    this.#lines.push(`${this.#lines.pop()}${text}`);
  }

  /**
   * Read another line.
   *
   * @param {Line} line
   * @param {string} source the line with the markers of its containers, which it only continues
   * @param {boolean} isWhole
   * @returns {string | null} the text behind its end, which may be empty; null if the line doesn't belong to it
   */
  read(line, source, isWhole) {
    const leaf = /** @type {Block} */ (this.#tree.leaf);
    if (leaf.text.length > MAX_LENGTH || (leaf.type === "math" && line.isBlank)) return null;
    this.#lines.push(source);
    if (leaf.type === "comment") return this.readComment(line.rest);
    const end = isWhole ? parseMathEnd(line.rest, leaf.mark) : null;
    this.#tree.append(`\n${end ? end.tex : line.rest.trimEnd()}`);
    if (end) this.#tree.closeLeaf();
    return end?.text ?? "";
  }

  /**
   * Read a line of a comment. Return the text behind its end.
   *
   * @param {string} line
   */
  readComment(line) {
    const end = parseCommentEnd(line);
    this.#tree.append(line);
    if (end) this.#tree.closeLeaf();
    return end?.text ?? "";
  }

  /** Drop the leaf, and return the content of its first line and the sources of the others. */
  drop() {
    this.#tree.drop(/** @type {Block} */ (this.#tree.leaf));
    return this.#lines;
  }
}
