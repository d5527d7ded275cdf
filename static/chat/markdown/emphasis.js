import { EAST_ASIAN_CHARACTER } from "chat/markdown/syntax";

/**
 * @typedef {import("chat/markdown/inline").Inline} Inline
 * @typedef {{char: string, count: number, total: number, canOpen: boolean, canClose: boolean, isBoth: boolean, node: Inline}} Delimiter
 */

/** How many that are open are closed for now: more are none, and what is in them would lie deep. */
const MOST_OPEN = 10;
const PUNCTUATION = /[\p{P}\p{S}]/u;

/** The delimiters of emphasis among the nodes of a text, and what they make of it. */
export class Emphasis {
  #nodes;
  /** @type {Delimiter[]} those that may still find their other half */ #all = [];

  /** @param {Inline[]} nodes */
  constructor(nodes) {
    this.#nodes = nodes;
  }

  get length() {
    return this.#all.length;
  }

  /**
   * @param {Inline} node of a run of one character
   * @param {string} textBefore
   * @param {string} textAfter
   */
  add(node, textBefore, textAfter) {
    const run = node.text ?? "";
    const char = run[0];
    if (char === "~" && run.length !== 2) return;
    const before = [...textBefore].at(-1) ?? " ";
    const after = [...textAfter].at(0) ?? " ";
    const isLeft = flanks(before, after);
    const isRight = flanks(after, before);
    const isWord = char === "_";
    const canOpen = isLeft && (!isWord || !isRight || PUNCTUATION.test(before));
    const canClose = isRight && (!isWord || !isLeft || PUNCTUATION.test(after));
    const count = run.length;
    if (!canOpen && !canClose) return;
    this.#all.push({ char, count, total: count, canOpen, canClose, isBoth: canOpen && canClose, node });
  }

  /**
   * Those from this one on are words.
   *
   * @param {number} bottom
   */
  forget(bottom) {
    this.#all.length = Math.min(this.#all.length, bottom);
  }

  /** What is still open reaches to the end for now. */
  closeOpen() {
    for (const delimiter of this.#all.slice(-MOST_OPEN).reverse()) {
      while (delimiter.canOpen && delimiter.count > 0) this.#emphasise(delimiter);
    }
  }

  /**
   * Joins the delimiters from this one on, as far as they belong together.
   *
   * @param {number} bottom
   */
  match(bottom) {
    const all = this.#all;
    for (let at = bottom; at < all.length; ) {
      const closer = all[at];
      const from = closer.canClose ? this.#openerOf(at, bottom) : -1;
      if (from < 0) {
        closer.canClose = false;
        if (closer.canOpen) at++;
        else all.splice(at, 1);
        continue;
      }
      const opener = all[from];
      this.#emphasise(opener, closer);
      all.splice(from + 1, at - from - 1);
      at = from + 1;
      if (!closer.count) all.splice(at, 1);
      if (!opener.count) {
        all.splice(from, 1);
        at--;
      }
    }
  }

  /**
   * @param {number} at
   * @param {number} bottom
   */
  #openerOf(at, bottom) {
    const closer = this.#all[at];
    for (let from = at - 1; from >= bottom; from--) {
      const opener = this.#all[from];
      if (opener.char !== closer.char || !opener.canOpen) continue;
      if (
        !(opener.isBoth || closer.isBoth) ||
        (opener.total + closer.total) % 3 ||
        (opener.total % 3 === 0 && closer.total % 3 === 0)
      )
        return from;
    }
    return -1;
  }

  /**
   * @param {Delimiter} opener
   * @param {Delimiter} [closer] none for what is still open
   */
  #emphasise(opener, closer) {
    const { char, node } = opener;
    const size = opener.count >= 2 && (!closer || closer.count >= 2) ? 2 : 1;
    const from = this.#nodes.lastIndexOf(node);
    const to = closer ? this.#nodes.lastIndexOf(closer.node) : this.#nodes.length;
    const children = this.#nodes.slice(from + 1, to);
    const type = char === "~" ? "del" : size === 2 ? "strong" : "em";
    const remains = [shorten(opener, size), { type, children }, closer && shorten(closer, size)];
    this.#nodes.splice(from, to - from + 1, ...remains.filter((remaining) => remaining !== undefined));
  }
}

/** @param {Delimiter} delimiter @param {number} size @returns {Inline | undefined} what is left of it */
function shorten(delimiter, size) {
  delimiter.count -= size;
  delimiter.node.text = delimiter.char.repeat(delimiter.count);
  return delimiter.count ? delimiter.node : undefined;
}

/**
 * Whether a run of delimiters can open, seen from its two neighbours. Where no spaces are between words, punctuation
 * within emphasis has words beside it: `**注意：**内容`.
 *
 * @param {string} before
 * @param {string} after
 */
function flanks(before, after) {
  if (/\s/.test(after)) return false;
  if (!PUNCTUATION.test(after) || EAST_ASIAN_CHARACTER.test(after)) return true;
  return /\s/.test(before) || PUNCTUATION.test(before) || EAST_ASIAN_CHARACTER.test(before);
}
