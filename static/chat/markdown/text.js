import { canHeadTable } from "chat/markdown/block-syntax";
import { parseInline } from "chat/markdown/inline";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline").Inline} Inline
 */

/** The words of one leaf: parsed as they come, and only those again that later ones may change. */
export class InlineContent {
  #unsettled = "";

  /**
   * What has come since the last time: first what stays as it is, at last what takes the place of what was not settled.
   *
   * @param {Block} leaf
   * @returns {Generator<{settled: Inline[], open: Inline[], length: number}>}
   */
  *update(leaf) {
    this.#unsettled += leaf.pending;
    leaf.pending = "";
    for (;;) {
      const parts = parseInline(this.#shown(leaf), leaf.isOpen);
      this.#unsettled = this.#unsettled.slice(parts.length);
      yield parts;
      if (!parts.length || parts.open.length || !this.#unsettled) return;
    }
  }

  /** @param {Block} leaf */
  #shown({ type, line, isOpen }) {
    let text = this.#unsettled;
    if (type === "heading") text = text.replace(/(?:^|\s)#+\s*$/, "");
    if (!isOpen) return text.trimEnd();
    // What may be a table's head is shown when it is known not to be.
    if (type !== "paragraph" || !canHeadTable(line)) return text;
    const held = /^\s*\|/.test(line) ? line.length : line.length - line.indexOf("|");
    return text.slice(0, Math.max(0, text.length - held));
  }
}
