import { BlockParser } from "chat/markdown/blocks";
import { parseInline } from "chat/markdown/inline";
import { plainText } from "chat/markdown/plain";

const MAX_LENGTH = 500;

/**
 * The headings of Markdown that arrives in pieces. A bold first line counts as one, because models write headings so.
 */
export class Headings {
  /** The plain text of the last complete heading, or empty. */
  latest = "";
  #blocks = new BlockParser({
    opened: () => {},
    changed: (block) => this.#changed(block),
    closed: (block) => this.#closed(block),
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

  /** @param {import("chat/markdown/tree").Block} block */
  #changed(block) {
    block.pending = "";
    // The first line ends when the second begins.
    if (block.type === "paragraph" && block.text.indexOf("\n") === block.text.length - 1) this.#readLine(block.text);
  }

  /** @param {import("chat/markdown/tree").Block} block */
  #closed({ type, text }) {
    if (type === "heading") this.latest = plainText(nodesOf(text.replace(/(?:^|\s)#+\s*$/, "")));
    else if (type === "paragraph" && !text.includes("\n")) this.#readLine(text);
  }

  /** @param {string} line of a paragraph */
  #readLine(line) {
    const [first, ...others] = nodesOf(line);
    if (first?.type === "strong" && !others.length) this.latest = plainText([first]);
  }
}

/** @param {string} text */
function nodesOf(text) {
  return parseInline(text.trim().slice(0, MAX_LENGTH), false).settled;
}
