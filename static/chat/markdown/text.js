import { canHeadTable } from "chat/markdown/block-syntax";
import { parseInline } from "chat/markdown/inline";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 */

/** The inline content of one leaf, parsed as it arrives. Only text that later text can change is parsed again. */
export class InlineContent {
  #unsettled = "";

  /**
   * Consume the leaf's pending text and yield the new nodes.
   *
   * `settled` nodes are final; the last `open` nodes replace the previous ones. `length` counts the characters of the
   * source that were settled.
   *
   * @param {Block} leaf
   * @returns {Generator<{settled: Inline[], open: Inline[], length: number}>}
   */
  *update(leaf) {
    this.#unsettled += leaf.pending;
    leaf.pending = "";
    for (;;) {
      const parts = parseInline(this.#visibleText(leaf), leaf.isOpen);
      this.#unsettled = this.#unsettled.slice(parts.length);
      yield parts;
      if (!parts.length || parts.open.length || !this.#unsettled) return;
    }
  }

  /** @param {Block} leaf */
  #visibleText({ type, line, isOpen }) {
    let text = this.#unsettled;
    if (type === "heading") text = text.replace(/(?:^|\s)#+\s*$/, "");
    if (!isOpen) return text.trimEnd();
    // A line that may be a table's header row is held back until the next line decides.
    if (type !== "paragraph" || !canHeadTable(line)) return text;
    const held = /^\s*\|/.test(line) ? line.length : line.length - line.indexOf("|");
    return text.slice(0, Math.max(0, text.length - held));
  }
}
