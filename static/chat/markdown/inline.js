/**
 * The inline content of a block: emphasis, code, links, formulas.
 *
 * This is CommonMark's algorithm, for text that may still be arriving. What the next characters could change is held
 * back, or parsed as what it begins to be.
 */

import { BracketParser, MAX_BRACKET_LENGTH } from "chat/markdown/brackets";
import { entityAt } from "chat/markdown/entities";
import { InlineState } from "chat/markdown/inline-state";
import { parseInlineMath } from "chat/markdown/math-syntax";
import { BARE_URL_START, matchBareUrl } from "chat/markdown/syntax";

/** @typedef {import("chat/markdown/inline-state").Inline} Inline */

/** How many characters are parsed at a time. No node is longer. */
const MAX_CHUNK_LENGTH = 2000;

const PLAIN_TEXT = /[^\\`*_~[\]!<&$\s]+/y;
const SPACE = /\s+/y;
const AUTOLINK = /<(?:(https?:\/\/[^\s<>]*|mailto:[^\s<>]+)|([\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+))>/iy;
const PLAIN_TAG = /<(\/?)(br|sub|sup|kbd|mark|u)\s*\/?>/iy;
const PARTIAL_TAG = /<[^\s<>]*$|<\/?(?:br|sub|sup|kbd|mark|u)\s*\/?$/iy;
const PARTIAL_ENTITY = /&(?:#?\w{0,31})$/y;

/**
 * Parse the inline content of a block from an index at which nothing is open.
 *
 * @param {string} text
 * @param {boolean} isOpen whether more text may arrive
 * @returns {{settled: Inline[], open: Inline[], length: number}} the nodes that later text can't change, those that it
 *   can, and the length of the source of the settled ones
 */
export function parseInline(text, isOpen) {
  if (text.length <= MAX_CHUNK_LENGTH) {
    const parser = new InlineParser(text, isOpen);
    return isOpen ? parser.parts() : { settled: parser.nodes, open: [], length: text.length };
  }
  const parts = new InlineParser(text.slice(0, MAX_CHUNK_LENGTH), false).parts();
  if (parts.length) return { ...parts, open: [] };
  const space = text.slice(0, MAX_CHUNK_LENGTH).search(/\s\S*$/);
  const length = space > MAX_CHUNK_LENGTH / 2 ? space : MAX_CHUNK_LENGTH;
  return { settled: new InlineParser(text.slice(0, length), false).nodes, open: [], length };
}

class InlineParser {
  #state;
  #brackets;
  #settled = { length: 0, count: 0 };

  /**
   * @param {string} text
   * @param {boolean} isOpen
   */
  constructor(text, isOpen) {
    this.#state = new InlineState(text, isOpen);
    this.#brackets = new BracketParser(this.#state);
    while (this.#state.at < this.#state.text.length) this.#next();
    if (isOpen) this.#brackets.holdOpen();
    this.#state.emphasis.match(0);
    if (isOpen) this.#closeOpen();
  }

  /** The nodes so far. */
  get nodes() {
    return this.#state.nodes;
  }

  /** Return the nodes that later text can't change, those that it can, and the length of the source of the first. */
  parts() {
    const { length, count } = this.#settled;
    return { settled: this.#state.nodes.slice(0, count), open: this.#state.nodes.slice(count), length };
  }

  #next() {
    const char = this.#state.text[this.#state.at];
    if (char === "\\") this.#escape();
    else if (char === "`") this.#code();
    else if (char === "*" || char === "_" || char === "~") this.#delimiter(char);
    else if (char === "[") this.#brackets.open(false);
    else if (char === "!" && this.#state.text[this.#state.at + 1] === "[") this.#brackets.open(true);
    else if (char === "]") this.#brackets.close();
    else if (char === "<") this.#angle();
    else if (char === "&") this.#entity();
    else if (char === "$") this.#math() || this.#state.add(char);
    else if (/\s/.test(char)) this.#space();
    else this.#plainText();
  }

  #plainText() {
    const [text] = this.#state.matches(PLAIN_TEXT) ?? [this.#state.text[this.#state.at]];
    const start = BARE_URL_START.exec(text);
    if (!start) {
      // An exclamation mark may begin an image.
      if (this.#state.isOpen && text === "!" && this.#state.at + 1 === this.#state.text.length) this.#state.hold();
      else this.#state.add(text);
      return;
    }
    const before = text.slice(0, start.index + start[0].length);
    if (before) this.#state.add(before);
    const link = matchBareUrl(this.#state.text.slice(this.#state.at));
    const href = link.startsWith("www.") ? `http://${link}` : link;
    this.#state.put({ type: "link", href, children: [{ type: "text", text: link }] }, link.length);
  }

  #space() {
    if (!this.#state.brackets.length) this.#state.emphasis.match(0);
    while (this.#state.brackets.length && this.#state.at - this.#state.brackets[0].at > MAX_BRACKET_LENGTH)
      this.#state.brackets.shift();
    const isSettled = !(
      this.#state.isBlocked ||
      this.#state.emphasis.length ||
      this.#state.brackets.length ||
      this.#state.tags.length
    );
    if (isSettled) this.#settled = { length: this.#state.at, count: this.#state.nodes.length };
    const [space] = /** @type {RegExpExecArray} */ (this.#state.matches(SPACE));
    if (/ {2}\n/.test(space)) this.#state.put({ type: "break" }, space.length);
    else this.#state.add(space);
  }

  #escape() {
    if (this.#state.isAtEnd) return this.#state.hold();
    const next = this.#state.text[this.#state.at + 1];
    if ((next === "(" || next === "[") && this.#math()) return;
    if (next === "\n") this.#state.put({ type: "break" }, 2);
    else if (next && /[!-/:-@[-`{-~]/.test(next)) this.#state.add(next, 2);
    else this.#state.add("\\");
  }

  /** @returns {boolean} whether a formula begins here */
  #math() {
    const found = parseInlineMath(this.#state.text, this.#state.at, this.#state.isOpen);
    if (found === "open") {
      if (this.#state.isOpen) this.#state.hold();
      else this.#state.isBlocked = true;
      return this.#state.isOpen;
    }
    if (found) this.#state.put({ type: "math", text: found.tex, isDisplay: found.isDisplay }, found.length);
    return found !== null;
  }

  #code() {
    const [run] = /** @type {RegExpExecArray} */ (this.#state.matches(/`+/y));
    const from = this.#state.at + run.length;
    for (const { 0: other, index } of this.#state.text.slice(from).matchAll(/`+/g)) {
      if (other === run && !(this.#state.isOpen && from + index + run.length === this.#state.text.length)) {
        return this.#state.put(
          { type: "code", text: codeText(this.#state.text.slice(from, from + index)) },
          2 * run.length + index,
        );
      }
    }
    if (this.#state.isOpen) {
      const begun = this.#state.text.slice(from).replace(/`+$/, "");
      if (begun) this.#state.nodes.push({ type: "code", text: codeText(begun) });
      // The end is unknown, and so is whether the backticks at the end of the text belong to the code.
      this.#state.text = this.#state.text.slice(0, from + begun.length);
      this.#state.at = this.#state.text.length;
    } else {
      this.#state.isBlocked = true;
      this.#state.add(run);
    }
  }

  #entity() {
    const found = entityAt(this.#state.text, this.#state.at);
    if (found) this.#state.add(found.text, found.length);
    else if (this.#state.isOpen && this.#state.matches(PARTIAL_ENTITY)) this.#state.hold();
    else this.#state.add("&");
  }

  #angle() {
    const link = this.#state.matches(AUTOLINK);
    const tag = this.#state.matches(PLAIN_TAG);
    if (link) {
      const [source, url, mail] = link;
      const children = [{ type: "text", text: url ?? mail }];
      this.#state.put({ type: "link", href: url ?? `mailto:${mail}`, children }, source.length);
    } else if (tag) this.#tag(tag[0], tag[2].toLowerCase(), tag[1] !== "");
    else if (this.#state.isOpen && this.#state.matches(PARTIAL_TAG)) this.#state.hold();
    else this.#state.add("<");
  }

  /**
   * @param {string} source
   * @param {string} name
   * @param {boolean} isEnd
   */
  #tag(source, name, isEnd) {
    if (name === "br") return this.#state.put({ type: "break" }, source.length);
    const node = this.#state.add(source);
    const place = { node, name, delimiters: this.#state.emphasis.length, brackets: this.#state.brackets.length };
    if (!isEnd) {
      this.#state.tags.push(place);
      return;
    }
    const at = this.#state.tags.findLastIndex((tag) => tag.name === name && tag.brackets === place.brackets);
    if (at < 0) return;
    const tag = this.#state.tags[at];
    this.#state.nodes.pop();
    this.#state.wrap(tag, { type: name });
    this.#state.tags.length = at;
  }

  /** @param {string} char */
  #delimiter(char) {
    let end = this.#state.at;
    while (this.#state.text[end] === char) end++;
    if (this.#state.isOpen && end === this.#state.text.length) {
      this.#state.hold();
      return;
    }
    const before = this.#state.text.slice(Math.max(0, this.#state.at - 2), this.#state.at);
    const after = this.#state.text.slice(end, end + 2);
    this.#state.emphasis.add(this.#state.add(this.#state.text.slice(this.#state.at, end)), before, after);
  }

  /** Treat what is still open as if it reached to the end of the text so far. */
  #closeOpen() {
    for (const tag of this.#state.tags.reverse()) this.#state.wrap(tag, { type: tag.name });
    this.#state.emphasis.closeOpen();
  }
}

/** @param {string} source */
function codeText(source) {
  const text = source.replaceAll("\n", " ");
  return /^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text;
}
