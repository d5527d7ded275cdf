import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { splitCells } from "chat/markdown/block-syntax";
import { BlockParser } from "chat/markdown/blocks";
import { plainText } from "chat/markdown/plain";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline").Inline} Inline
 */

/** What can end a sentence. */
const TERMINAL = /\p{Sentence_Terminal}/gu;
/** Text in which nothing begins that later text could change. */
const PLAIN = /^[^\\`*_~[\]!<&$]*$/;

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/**
 * Makes whole sentences, without marks, of Markdown that arrives in pieces; for ears, not for eyes.
 *
 * Its output does not depend on the pieces: a sentence comes when it is clear that it has ended, and once.
 */
export class Sentences {
  /** @type {LeafSentences | undefined} the paragraph or heading that is arriving */ #leaf;
  /** @type {number | undefined} how many characters were given of a paragraph that turned out to be something else */
  #given;
  /** How many lines have arrived of the code that is arriving. */
  #lines = 0;
  /** @type {string[]} */ #sentences = [];
  #blocks = new BlockParser({
    opened: (block) => this.#opened(block),
    changed: (block) => this.#changed(block),
    closed: (block) => this.#closed(block),
    dropped: () => this.#dropped(),
    defined: () => {},
  });

  /** @param {string} text */
  write(text) {
    this.#blocks.write(text.replaceAll("\r", ""));
  }

  /** The sentences that have ended since the last call. */
  take() {
    if (this.#leaf) this.#give(this.#leaf.take());
    return this.#sentences.splice(0);
  }

  /** All that is left: no more will arrive. */
  end() {
    this.#blocks.end();
    return this.take();
  }

  /** @param {Block} block */
  #opened(block) {
    this.#lines = 0;
    if (block.type !== "paragraph" && block.type !== "heading") return;
    // A paragraph that turns out to be a heading is given as it began.
    const isOne = block.type === "heading" && this.#given === undefined;
    this.#leaf = new LeafSentences(block, isOne, this.#given ?? 0);
    this.#given = undefined;
  }

  /** @param {Block} block */
  #changed(block) {
    if (block.type !== "code") return;
    this.#lines += block.pending.split("\n").length - 1;
    block.pending = "";
  }

  /** @param {Block} block */
  #closed(block) {
    if (block.type === "code") this.#give([codeName(block, this.#lines)]);
    else if (block.type === "math") this.#give([gettext("Formula")]);
    else if (block.type === "row") this.#give([rowText(block)]);
    else if (block === this.#leaf?.block) {
      this.#give(this.#leaf.take());
      this.#leaf = undefined;
    }
  }

  /** A paragraph begins anew as something else, or mathematics as words; what was given of it is not given again. */
  #dropped() {
    this.#given = this.#leaf?.given ?? 0;
    this.#leaf = undefined;
  }

  /** @param {Iterable<string>} texts */
  #give(texts) {
    for (const text of texts) if (/[\p{L}\p{N}]/u.test(text)) this.#sentences.push(spoken(text));
  }
}

/** The sentences of a paragraph or a heading. */
class LeafSentences {
  block;
  /** How many characters of its words were given. */
  given;
  #isOne;
  #words = new InlineContent();
  /** Its settled words; of those before `#start`, the given ones may be gone. */
  #text = "";
  /** The same as the segmenter sees them: what belongs together has no end of a sentence in it. */
  #mask = "";
  #start;

  /**
   * @param {Block} block
   * @param {boolean} isOne whether all of it is one sentence
   * @param {number} given
   */
  constructor(block, isOne, given) {
    this.block = block;
    this.#isOne = isOne;
    this.given = this.#start = given;
  }

  /** The sentences that have ended since the last call; the rest, too, when the block has. */
  take() {
    const { text, mask, stable } = this.#read();
    const ends = this.#isOne ? [] : this.#ends(text, mask, stable);
    if (!this.block.isOpen) ends.push(text.length);
    const starts = [this.#start, ...ends];
    const found = ends.map((end, at) => text.slice(starts[at], end));
    this.#forget(starts[ends.length]);
    return found;
  }

  /** All its words for now; `stable` says how many characters of them stay as they are. */
  #read() {
    /** @type {Inline[]} */
    let open = [];
    for (const parts of this.#words.update(this.block)) {
      this.#text += plainText(parts.settled);
      this.#mask += masked(parts.settled);
      open = parts.open;
    }
    const changing = open.findIndex(({ type, text = "" }) => type !== "text" || !PLAIN.test(text));
    return {
      text: this.#text + plainText(open),
      mask: this.#mask + masked(open),
      stable: this.#text.length + plainText(changing < 0 ? open : open.slice(0, changing)).length,
    };
  }

  /**
   * Where sentences end that are followed by another.
   *
   * @param {string} text
   * @param {string} mask
   * @param {number} stable
   */
  #ends(text, mask, stable) {
    const ends = [];
    for (const { index } of segmenter.segment(mask.slice(this.#start))) {
      const end = this.#start + index;
      // Only a letter shows that the sentence before it has ended: "Two metres. (high" goes on.
      if (text.slice(0, end).trimEnd().length > stable || !/\p{L}/u.test(text.slice(end))) break;
      // The blanks behind it may be others yet.
      if (index) ends.push(Math.min(end, stable));
    }
    return ends;
  }

  /** @param {number} end of what was given, in the text */
  #forget(end) {
    const settled = Math.min(end, this.#text.length);
    this.given += end - this.#start;
    this.#text = this.#text.slice(settled);
    this.#mask = this.#mask.slice(settled);
    this.#start = end - settled;
  }
}

/** @param {Inline[]} nodes */
function masked(nodes) {
  const hidden = (/** @type {string} */ text) => text.replace(TERMINAL, (mark) => ",".repeat(mark.length));
  // A line's end is none of a sentence.
  return plainText(nodes, hidden).replace(/\s/g, " ");
}

/**
 * A table's cells.
 *
 * @param {Block} row
 */
function rowText(row) {
  const columns = row.parent?.align.length;
  const texts = splitCells(row.text)
    .slice(0, columns)
    .map((cell) => {
      const parts = new InlineContent().update({ ...row, type: "cell", pending: cell, isOpen: false });
      return spoken([...parts].map(({ settled }) => plainText(settled)).join(""));
    });
  return texts.filter(Boolean).join(", ");
}

/**
 * @param {Block} code
 * @param {number} lines
 */
function codeName({ label }, lines) {
  const name = interpolate(ngettext("Code, %(count)s line", "Code, %(count)s lines", lines), { count: lines });
  return label ? `${name}, ${label}` : name;
}

/** @param {string} text */
function spoken(text) {
  return text.replace(/\s+/g, " ").trim();
}
