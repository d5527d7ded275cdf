import { BlockParser } from "chat/markdown/blocks";
import { plainText } from "chat/markdown/plain";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 */

/**
 * The headings of Markdown that arrives in pieces. A bold first line counts as one, because models write headings so.
 */
export class Headings {
  /** The plain text of the last complete heading, or empty. */
  latest = "";
  /** @type {Block | undefined} the heading, or the paragraph whose first line may be one */ #leaf;
  #content = new InlineContent();
  /** @type {Inline[]} */ #nodes = [];
  #blocks = new BlockParser({
    opened: (block) => this.#opened(block),
    changed: (block) => this.#read(block),
    closed: (block) => this.#read(block),
    dropped: () => {},
    defined: () => {},
  });

  /**
   * Read the next piece of the text.
   *
   * @param {string} text
   */
  write(text) {
    this.#blocks.write(text.replaceAll("\r", ""));
  }

  /** @param {Block} block */
  #opened(block) {
    this.#leaf = block.type === "paragraph" || block.type === "heading" ? block : undefined;
    this.#content = new InlineContent();
    this.#nodes = [];
  }

  /** @param {Block} block */
  #read(block) {
    if (block !== this.#leaf) return;
    if (block.type === "paragraph" && /^(?!\*\*|__)../su.test(block.text)) {
      this.#leaf = undefined;
      return;
    }
    /** @type {Inline[]} */
    let after = [];
    for (const { settled, open } of this.#content.update(block)) {
      this.#nodes.push(...settled);
      after = open;
    }
    if (block.type === "heading") {
      if (!block.isOpen) this.latest = plainText(this.#nodes).trim();
    } else if (this.#nodes.length) {
      const [first, ...others] = [...this.#nodes, ...after];
      const rest = others.map((node) => (node.type === "break" ? "\n" : plainText([node]))).join("");
      const isWholeLine = /^[ \t]*\n/.test(rest) || !(block.isOpen || rest.trim());
      if (first.type === "strong" && isWholeLine) this.latest = plainText([first]).trim();
      if (first.type !== "strong" || rest.trim()) this.#leaf = undefined;
    }
  }
}
