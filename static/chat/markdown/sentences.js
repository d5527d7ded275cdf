import { pastHalf } from "chat/lib/characters";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { nameOfAlert } from "chat/markdown/alerts";
import { splitCells } from "chat/markdown/block-syntax";
import { BlockParser } from "chat/markdown/blocks";
import { plainText } from "chat/markdown/plain";
import { InlineContent } from "chat/markdown/text";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 */

/** The characters that can end a sentence. */
const TERMINAL = /\p{Sentence_Terminal}/gu;
/** Text without any Markdown that later text could change. */
const PLAIN = /^[^\\`*_~[\]!<&$]*$/;

/** The leaves whose text is returned; of others, a few words say what they are. */
const LEAVES = new Set(["paragraph", "heading", "summary"]);

/** A longer sentence, in characters, is returned in parts: what isn't returned is searched again and again. */
const MAX_SENTENCE_LENGTH = 1000;

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/**
 * The whole sentences of Markdown that arrives in pieces, as plain text for screen readers.
 *
 * Each sentence is returned once, as soon as it is known to be complete. How the text was split makes no difference.
 */
export class Sentences {
  /** @type {LeafSentences | undefined} the open paragraph or heading */ #leaf;
  /** @type {number | undefined} how many characters of a dropped paragraph were already returned */
  #returned;
  /** How many lines of the open code have arrived. */
  #lines = 0;
  /** @type {string[]} */ #sentences = [];
  #blocks = new BlockParser({
    opened: (block) => this.#opened(block),
    changed: (block) => this.#changed(block),
    closed: (block) => this.#closed(block),
    dropped: (block) => this.#dropped(block),
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

  /** Return the sentences that were completed since the last call. */
  take() {
    if (this.#leaf) this.#add(this.#leaf.take());
    return this.#sentences.splice(0);
  }

  /** Return all that is left: the text is complete. */
  end() {
    this.#blocks.end();
    return this.take();
  }

  /** @param {Block} block */
  #opened(block) {
    this.#lines = 0;
    const returned = this.#returned;
    this.#returned = undefined;
    if (block.type === "quote" && block.label) this.#add([nameOfAlert(block.label)]);
    if (!LEAVES.has(block.type)) return;
    // A paragraph that turns out to be a heading stays split into sentences, because some may have been returned.
    const isOne = block.type !== "paragraph" && returned === undefined;
    this.#leaf = new LeafSentences(block, isOne, returned ?? 0);
  }

  /** @param {Block} block */
  #changed(block) {
    if (block.type !== "code") return;
    this.#lines += block.pending.split("\n").length - 1;
    block.pending = "";
  }

  /** @param {Block} block */
  #closed(block) {
    if (block.type === "code") this.#add([codeName(block, this.#lines)]);
    else if (block.type === "math") this.#add([gettext("Formula")]);
    else if (block.type === "row") this.#add([rowText(block)]);
    else if (block === this.#leaf?.block) {
      this.#add(this.#leaf.take());
      this.#leaf = undefined;
    }
  }

  /**
   * A block is parsed again as another type; don't return again what was already returned of it.
   *
   * @param {Block} block
   */
  #dropped(block) {
    if (block !== this.#leaf?.block) return;
    this.#returned = this.#leaf.returned;
    this.#leaf = undefined;
  }

  /** @param {Iterable<string>} texts */
  #add(texts) {
    for (const text of texts) if (/[\p{L}\p{N}]/u.test(text)) this.#sentences.push(spoken(text));
  }
}

/** The sentences of a paragraph, a heading or a summary. */
class LeafSentences {
  block;
  /** How many characters of its plain text were already returned. */
  returned;
  #isOne;
  #content = new InlineContent();
  /** Its settled plain text, from which returned text is cut off. */
  #text = "";
  /** The same text for the segmenter: code, formulas and links have no sentence terminators in it. */
  #mask = "";
  #start;

  /**
   * @param {Block} block
   * @param {boolean} isOne whether all of it is one sentence
   * @param {number} returned
   */
  constructor(block, isOne, returned) {
    this.block = block;
    this.#isOne = isOne;
    this.returned = this.#start = returned;
  }

  /** Return the sentences that were completed since the last call, and the rest if the block is closed. */
  take() {
    const { text, mask, stable } = this.#read();
    const ends = this.#isOne ? [] : this.#ends(text, mask, stable);
    if (!this.block.isOpen) ends.push(text.length);
    const starts = [this.#start, ...ends];
    const found = ends.map((end, at) => text.slice(starts[at], end));
    this.#forget(starts[ends.length]);
    return found;
  }

  /** Return all plain text so far. `stable` counts the characters that later text can't change. */
  #read() {
    /** @type {Inline[]} */
    let open = [];
    for (const parts of this.#content.update(this.block)) {
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
   * Return the end of each sentence that is followed by another.
   *
   * @param {string} text
   * @param {string} mask
   * @param {number} stable
   */
  #ends(text, mask, stable) {
    const ends = [];
    for (let start = this.#start; ; ) {
      const end = endOfSentence(text, mask, stable, start);
      if (end === undefined) return ends;
      ends.push(end);
      start = end;
    }
  }

  /**
   * Cut off the returned text.
   *
   * @param {number} end the index in the text up to which it was returned
   */
  #forget(end) {
    const settled = Math.min(end, this.#text.length);
    this.returned += end - this.#start;
    this.#text = this.#text.slice(settled);
    this.#mask = this.#mask.slice(settled);
    this.#start = end - settled;
  }
}

/**
 * Return the end of the sentence that starts at an index, or undefined if it isn't known to be complete.
 *
 * @param {string} text
 * @param {string} mask
 * @param {number} stable
 * @param {number} start
 */
function endOfSentence(text, mask, stable, start) {
  // What is behind the longest sentence shows whether one ends there.
  const window = mask.slice(start, start + 2 * MAX_SENTENCE_LENGTH);
  const [, next] = segmenter.segment(window);
  const length = Math.min(next?.index ?? window.length, MAX_SENTENCE_LENGTH);
  // Only a letter shows that the sentence before it is complete: "Two metres. (high" may continue.
  const letter = window.slice(length).search(/\p{L}/u);
  if (letter < 0) return undefined;
  const end = start + length;
  if (next?.index === length) {
    // The white space behind it may still change.
    return text.slice(0, end).trimEnd().length > stable ? undefined : Math.min(end, stable);
  }
  if (end + letter >= stable) return undefined;
  const space = text.lastIndexOf(" ", end);
  return space > start ? space : pastHalf(text, end);
}

/**
 * Return the plain text of nodes, with commas for the sentence terminators in code, formulas and links.
 *
 * @param {Inline[]} nodes
 */
function masked(nodes) {
  const hidden = (/** @type {string} */ text) => text.replace(TERMINAL, (mark) => ",".repeat(mark.length));
  // A line break doesn't end a sentence.
  return plainText(nodes, hidden).replace(/\s/g, " ");
}

/**
 * Return the plain text of the cells of a row.
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
