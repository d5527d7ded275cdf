import { EAST_ASIAN_CHARACTER } from "chat/markdown/syntax";

/**
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 * @typedef {{char: string, count: number, total: number, canOpen: boolean, canClose: boolean, isBoth: boolean, isInWord: boolean, node: Inline}} Delimiter
 */

/** How many open delimiters are treated as closed at the end of the text so far. */
const MAX_OPEN = 10;
/** How deep inline nodes nest. Markers beyond that are text. A browser can't lay out elements of any depth. */
export const MAX_NESTING = 20;
const PUNCTUATION = /[\p{P}\p{S}]/u;
const WORD = /[\p{L}\p{N}]/u;

/**
 * Return how deep nodes nest.
 *
 * @param {Inline[]} nodes
 */
export function depthOf(nodes) {
  return nodes.reduce((deepest, { depth = 0 }) => Math.max(deepest, depth), 0);
}

/** The delimiter stack of CommonMark's emphasis algorithm, with GitHub's `~~`. It wraps nodes between delimiters. */
export class Emphasis {
  #nodes;
  /** @type {Delimiter[]} those that can still be matched */ #delimiters = [];

  /** @param {Inline[]} nodes */
  constructor(nodes) {
    this.#nodes = nodes;
  }

  get length() {
    return this.#delimiters.length;
  }

  /**
   * Push a run of delimiters if it can open or close emphasis.
   *
   * @param {Inline} node the text node of the run, all of one character
   * @param {string} textBefore
   * @param {string} textAfter
   */
  add(node, textBefore, textAfter) {
    const run = node.text ?? "";
    const char = run[0];
    if (char === "~" && run.length !== 2) return;
    const before = [...textBefore].at(-1) ?? " ";
    const after = [...textAfter].at(0) ?? " ";
    const isLeft = isFlanking(before, after);
    const isRight = isFlanking(after, before);
    const isUnderscore = char === "_";
    const canOpen = isLeft && (!isUnderscore || !isRight || PUNCTUATION.test(before));
    const canClose = isRight && (!isUnderscore || !isLeft || PUNCTUATION.test(after));
    const count = run.length;
    if (!canOpen && !canClose) return;
    const isInWord = [before, after].every((beside) => WORD.test(beside) && !EAST_ASIAN_CHARACTER.test(beside));
    const isBoth = canOpen && canClose;
    this.#delimiters.push({ char, count, total: count, canOpen, canClose, isBoth, isInWord, node });
  }

  /**
   * Forget the delimiters from this index on: they are text.
   *
   * @param {number} bottom
   */
  forget(bottom) {
    this.#delimiters.length = Math.min(this.#delimiters.length, bottom);
  }

  /**
   * Treat what is still open as emphasis up to the end of the text so far.
   *
   * An asterisk within a word or a number, as in "5*3", is more likely one that nothing closes.
   */
  closeOpen() {
    for (const delimiter of this.#delimiters.slice(-MAX_OPEN).reverse()) {
      if (delimiter.isInWord || !delimiter.canOpen) continue;
      while (delimiter.count > 0 && this.#canEmphasise(delimiter)) this.#emphasise(delimiter);
    }
  }

  /**
   * Match openers and closers from this index on.
   *
   * @param {number} bottom
   */
  match(bottom) {
    const delimiters = this.#delimiters;
    for (let at = bottom; at < delimiters.length; ) {
      const closer = delimiters[at];
      const from = closer.canClose ? this.#findOpener(at, bottom) : -1;
      if (from < 0) {
        closer.canClose = false;
        if (closer.canOpen) at++;
        else delimiters.splice(at, 1);
        continue;
      }
      const opener = delimiters[from];
      this.#emphasise(opener, closer);
      delimiters.splice(from + 1, at - from - 1);
      at = from + 1;
      if (!closer.count) delimiters.splice(at, 1);
      if (!opener.count) {
        delimiters.splice(from, 1);
        at--;
      }
    }
  }

  /**
   * @param {number} at
   * @param {number} bottom
   */
  #findOpener(at, bottom) {
    const closer = this.#delimiters[at];
    for (let from = at - 1; from >= bottom; from--) {
      const opener = this.#delimiters[from];
      if (opener.char !== closer.char || !opener.canOpen) continue;
      if (
        !(opener.isBoth || closer.isBoth) ||
        (opener.total + closer.total) % 3 ||
        (opener.total % 3 === 0 && closer.total % 3 === 0)
      )
        return this.#canEmphasise(opener, closer) ? from : -1;
    }
    return -1;
  }

  /**
   * Return whether nodes don't nest too deep if these are matched.
   *
   * @param {Delimiter} opener
   * @param {Delimiter} [closer]
   */
  #canEmphasise(opener, closer) {
    const to = closer ? this.#nodes.lastIndexOf(closer.node) : this.#nodes.length;
    return depthOf(this.#nodes.slice(this.#nodes.lastIndexOf(opener.node), to)) < MAX_NESTING;
  }

  /**
   * @param {Delimiter} opener
   * @param {Delimiter} [closer] none if the emphasis is still open
   */
  #emphasise(opener, closer) {
    const { char, node } = opener;
    const size = opener.count >= 2 && (!closer || closer.count >= 2) ? 2 : 1;
    const from = this.#nodes.lastIndexOf(node);
    const to = closer ? this.#nodes.lastIndexOf(closer.node) : this.#nodes.length;
    const children = this.#nodes.slice(from + 1, to);
    const type = char === "~" ? "del" : size === 2 ? "strong" : "em";
    const remains = [
      shorten(opener, size),
      { type, children, depth: 1 + depthOf(children) },
      closer && shorten(closer, size),
    ];
    this.#nodes.splice(from, to - from + 1, ...remains.filter((remaining) => remaining !== undefined));
  }
}

/**
 * Remove characters from a delimiter.
 *
 * @param {Delimiter} delimiter
 * @param {number} size
 * @returns {Inline | undefined} its node, if characters are left
 */
function shorten(delimiter, size) {
  delimiter.count -= size;
  delimiter.node.text = delimiter.char.repeat(delimiter.count);
  return delimiter.count ? delimiter.node : undefined;
}

/**
 * Return whether a delimiter run between two characters is left-flanking, or right-flanking if they are swapped.
 *
 * CommonMark's rule is relaxed for scripts without spaces between words, where punctuation inside of emphasis has text
 * beside it: `**注意：**内容`.
 *
 * @param {string} before
 * @param {string} after
 */
function isFlanking(before, after) {
  if (/\s/.test(after)) return false;
  if (!PUNCTUATION.test(after) || EAST_ASIAN_CHARACTER.test(after)) return true;
  return /\s/.test(before) || PUNCTUATION.test(before) || EAST_ASIAN_CHARACTER.test(before);
}
