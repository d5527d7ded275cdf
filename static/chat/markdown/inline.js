/**
 * The inline content of a block: emphasis, code, links, formulas.
 *
 * This is CommonMark's algorithm, for text that may still be arriving. What the next characters could change is held
 * back, or parsed as what it begins to be.
 */

import { Emphasis } from "chat/markdown/emphasis";
import { entityAt } from "chat/markdown/entities";
import { parseInlineMath } from "chat/markdown/math-syntax";
import { BARE_URL_START, matchBareUrl, parseLinkTarget } from "chat/markdown/syntax";

/**
 * @typedef {object} Inline
 * @property {string} type
 * @property {string} [text]
 * @property {Inline[]} [children]
 * @property {string} [href]
 * @property {string} [label] the label of a link reference or of a footnote
 * @property {string} [suffix] the source behind the text of a reference, such as `[label]`
 * @property {boolean} [isImage]
 * @property {boolean} [isDisplay]
 *
 * @typedef {{node: Inline, at: number, delimiters: number, isImage: boolean, isActive: boolean}} Bracket
 * @typedef {{node: Inline, name: string, delimiters: number, brackets: number}} Tag
 */

/** How many characters are parsed at a time. No node is longer. */
const MAX_CHUNK_LENGTH = 2000;
const MAX_BRACKET_LENGTH = 1000;

const PLAIN_TEXT = /[^\\`*_~[\]!<&$\s]+/y;
const SPACE = /\s+/y;
const AUTOLINK = /<(?:(https?:\/\/[^\s<>]*|mailto:[^\s<>]+)|([\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+))>/iy;
const PLAIN_TAG = /<(\/?)(br|sub|sup|kbd|mark|u)\s*\/?>/iy;
const PARTIAL_TAG = /<[^\s<>]*$|<\/?(?:br|sub|sup|kbd|mark|u)\s*\/?$/iy;
const PARTIAL_ENTITY = /&(?:#?\w{0,31})$/y;
const LABEL = /^(?:[^[\]\\]|\\.)*$/s;
const FULL_LABEL = /\[((?:[^[\]\\]|\\.){0,999})\]/y;
const PARTIAL_LABEL = /\[(?:[^[\]\\]|\\.?){0,999}$/y;

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
  /** @type {Inline[]} */ nodes = [];
  #text;
  #at = 0;
  #isOpen;
  /** Whether more text could change something that was parsed, so that nothing after it can settle. */
  #isBlocked = false;
  #settled = { length: 0, count: 0 };
  #emphasis = new Emphasis(this.nodes);
  /** @type {Bracket[]} */ #brackets = [];
  /** @type {Tag[]} */ #tags = [];

  /**
   * @param {string} text
   * @param {boolean} isOpen
   */
  constructor(text, isOpen) {
    this.#text = text;
    this.#isOpen = isOpen;
    while (this.#at < this.#text.length) this.#next();
    if (isOpen) this.#holdBracket();
    this.#emphasis.match(0);
    if (isOpen) this.#closeOpen();
  }

  parts() {
    const { length, count } = this.#settled;
    return { settled: this.nodes.slice(0, count), open: this.nodes.slice(count), length };
  }

  #next() {
    const char = this.#text[this.#at];
    if (char === "\\") this.#escape();
    else if (char === "`") this.#code();
    else if (char === "*" || char === "_" || char === "~") this.#delimiter(char);
    else if (char === "[") this.#bracket(false);
    else if (char === "!" && this.#text[this.#at + 1] === "[") this.#bracket(true);
    else if (char === "]") this.#closeBracket();
    else if (char === "<") this.#angle();
    else if (char === "&") this.#entity();
    else if (char === "$") this.#math() || this.#add(char);
    else if (/\s/.test(char)) this.#space();
    else this.#plainText();
  }

  /**
   * @param {string} text
   * @param {number} [length] the length of its source, if that differs
   */
  #add(text, length = text.length) {
    const node = { type: "text", text };
    this.nodes.push(node);
    this.#at += length;
    return node;
  }

  /**
   * @param {Inline} node
   * @param {number} length
   */
  #put(node, length) {
    this.nodes.push(node);
    this.#at += length;
  }

  /** Hold back the text from here on until more has arrived. */
  #hold(at = this.#at) {
    this.#text = this.#text.slice(0, at);
    this.#at = at;
  }

  get #isAtEnd() {
    return this.#isOpen && this.#at + 1 >= this.#text.length;
  }

  /** @param {RegExp} sticky */
  #matches(sticky, at = this.#at) {
    sticky.lastIndex = at;
    return sticky.exec(this.#text);
  }

  #plainText() {
    const [text] = this.#matches(PLAIN_TEXT) ?? [this.#text[this.#at]];
    const start = BARE_URL_START.exec(text);
    if (!start) {
      // An exclamation mark may begin an image.
      if (this.#isOpen && text === "!" && this.#at + 1 === this.#text.length) this.#hold();
      else this.#add(text);
      return;
    }
    const before = text.slice(0, start.index + start[0].length);
    if (before) this.#add(before);
    const link = matchBareUrl(this.#text.slice(this.#at));
    const href = link.startsWith("www.") ? `http://${link}` : link;
    this.#put({ type: "link", href, children: [{ type: "text", text: link }] }, link.length);
  }

  #space() {
    if (!this.#brackets.length) this.#emphasis.match(0);
    while (this.#brackets.length && this.#at - this.#brackets[0].at > MAX_BRACKET_LENGTH) this.#brackets.shift();
    const isSettled = !(this.#isBlocked || this.#emphasis.length || this.#brackets.length || this.#tags.length);
    if (isSettled) this.#settled = { length: this.#at, count: this.nodes.length };
    const [space] = /** @type {RegExpExecArray} */ (this.#matches(SPACE));
    if (/ {2}\n/.test(space)) this.#put({ type: "break" }, space.length);
    else this.#add(space);
  }

  #escape() {
    if (this.#isAtEnd) return this.#hold();
    const next = this.#text[this.#at + 1];
    if ((next === "(" || next === "[") && this.#math()) return;
    if (next === "\n") this.#put({ type: "break" }, 2);
    else if (next && /[!-/:-@[-`{-~]/.test(next)) this.#add(next, 2);
    else this.#add("\\");
  }

  /** @returns {boolean} whether a formula begins here */
  #math() {
    const found = parseInlineMath(this.#text, this.#at, this.#isOpen);
    if (found === "open") {
      if (this.#isOpen) this.#hold();
      else this.#isBlocked = true;
      return this.#isOpen;
    }
    if (found) this.#put({ type: "math", text: found.tex, isDisplay: found.isDisplay }, found.length);
    return found !== null;
  }

  #code() {
    const [run] = /** @type {RegExpExecArray} */ (this.#matches(/`+/y));
    const from = this.#at + run.length;
    for (const { 0: other, index } of this.#text.slice(from).matchAll(/`+/g)) {
      if (other === run && !(this.#isOpen && from + index + run.length === this.#text.length)) {
        return this.#put(
          { type: "code", text: codeText(this.#text.slice(from, from + index)) },
          2 * run.length + index,
        );
      }
    }
    if (this.#isOpen) {
      const begun = this.#text.slice(from).replace(/`+$/, "");
      if (begun) this.nodes.push({ type: "code", text: codeText(begun) });
      // The end is unknown, and so is whether the backticks at the end of the text belong to the code.
      this.#text = this.#text.slice(0, from + begun.length);
      this.#at = this.#text.length;
    } else {
      this.#isBlocked = true;
      this.#add(run);
    }
  }

  #entity() {
    const found = entityAt(this.#text, this.#at);
    if (found) this.#add(found.text, found.length);
    else if (this.#isOpen && this.#matches(PARTIAL_ENTITY)) this.#hold();
    else this.#add("&");
  }

  #angle() {
    const link = this.#matches(AUTOLINK);
    const tag = this.#matches(PLAIN_TAG);
    if (link) {
      const [source, url, mail] = link;
      const children = [{ type: "text", text: url ?? mail }];
      this.#put({ type: "link", href: url ?? `mailto:${mail}`, children }, source.length);
    } else if (tag) this.#tag(tag[0], tag[2].toLowerCase(), tag[1] !== "");
    else if (this.#isOpen && this.#matches(PARTIAL_TAG)) this.#hold();
    else this.#add("<");
  }

  /**
   * @param {string} source
   * @param {string} name
   * @param {boolean} isEnd
   */
  #tag(source, name, isEnd) {
    if (name === "br") return this.#put({ type: "break" }, source.length);
    const node = this.#add(source);
    const place = { node, name, delimiters: this.#emphasis.length, brackets: this.#brackets.length };
    if (!isEnd) {
      this.#tags.push(place);
      return;
    }
    const at = this.#tags.findLastIndex((tag) => tag.name === name && tag.brackets === place.brackets);
    if (at < 0) return;
    const tag = this.#tags[at];
    this.nodes.pop();
    this.#wrap(tag, { type: name });
    this.#tags.length = at;
  }

  /**
   * Replace a node, and all that follow it, by one that has those as its children.
   *
   * @param {{node: Inline, delimiters: number}} from
   * @param {Inline} wrapped
   */
  #wrap({ node, delimiters }, wrapped) {
    this.#emphasis.match(delimiters);
    this.#emphasis.forget(delimiters);
    const at = this.nodes.lastIndexOf(node);
    const children = this.nodes.splice(at).slice(1);
    this.nodes.push({ ...wrapped, children });
  }

  /** @param {string} char */
  #delimiter(char) {
    let end = this.#at;
    while (this.#text[end] === char) end++;
    if (this.#isOpen && end === this.#text.length) {
      this.#hold();
      return;
    }
    const before = this.#text.slice(Math.max(0, this.#at - 2), this.#at);
    const after = this.#text.slice(end, end + 2);
    this.#emphasis.add(this.#add(this.#text.slice(this.#at, end)), before, after);
  }

  /** @param {boolean} isImage */
  #bracket(isImage) {
    const at = this.#at;
    const node = this.#add(isImage ? "![" : "[");
    this.#brackets.push({ node, at, delimiters: this.#emphasis.length, isImage, isActive: true });
  }

  #closeBracket() {
    const bracket = this.#brackets.pop();
    const isTooLong = bracket && this.#at - bracket.at > MAX_BRACKET_LENGTH;
    if (!bracket?.isActive || isTooLong) {
      this.#add("]");
      return;
    }
    const after = this.#at + 1;
    if (this.#isOpen && after === this.#text.length) return this.#hold(this.#removeFrom(bracket));
    const { isImage } = bracket;
    const source = this.#text.slice(bracket.at + (isImage ? 2 : 1), this.#at);
    if (!isImage && /^\^[^\s\]^]+$/.test(source))
      return this.#wrapTo({ type: "footnote", label: source.slice(1) }, after, bracket);
    const target = parseLinkTarget(this.#text, after);
    if (target === "open") return this.#openLink(bracket, after);
    if (target)
      return this.#link(bracket, { type: isImage ? "image" : "link", href: target.href }, after + target.length);
    const label = this.#matches(FULL_LABEL, after);
    if (!label && this.#matches(PARTIAL_LABEL, after)) {
      if (this.#isOpen) return this.#hold(this.#removeFrom(bracket));
      this.#isBlocked = true;
    }
    if (source.trim() && (label || LABEL.test(source))) {
      const suffix = label?.[0] ?? "";
      const reference = { type: "reference", label: label?.[1] || source, suffix, isImage };
      this.#wrapTo(reference, after + suffix.length, bracket);
    } else this.#add("]");
  }

  /**
   * Make a link whose URL has not arrived in full.
   *
   * @param {Bracket} bracket
   * @param {number} after
   */
  #openLink(bracket, after) {
    if (!this.#isOpen) {
      this.#isBlocked = true;
      this.#add("]");
    } else if (bracket.isImage || this.#brackets.length) this.#hold(this.#removeFrom(bracket));
    else {
      this.#text = this.#text.slice(0, after);
      this.#link(bracket, { type: "link", href: "" }, after);
    }
  }

  /**
   * @param {Bracket} bracket
   * @param {Inline} link
   * @param {number} end
   */
  #link(bracket, link, end) {
    this.#wrapTo(link, end, bracket);
    // Links don't nest.
    if (link.type === "link") for (const outer of this.#brackets) outer.isActive = outer.isImage;
  }

  /**
   * @param {Inline} node
   * @param {number} end
   * @param {Bracket} bracket
   */
  #wrapTo(node, end, bracket) {
    this.#tags = this.#tags.filter((tag) => tag.brackets <= this.#brackets.length);
    this.#wrap(bracket, node);
    this.#at = end;
  }

  /**
   * Remove the nodes from a bracket on. Return the index of the bracket in the text.
   *
   * @param {Bracket} bracket
   */
  #removeFrom({ node, at, delimiters }) {
    this.nodes.length = this.nodes.lastIndexOf(node);
    this.#emphasis.forget(delimiters);
    this.#tags = this.#tags.filter((tag) => this.nodes.includes(tag.node));
    return at;
  }

  /** Hold back an open bracket until it is clear whether it is a link. */
  #holdBracket() {
    const bracket = this.#brackets.find(({ at, isActive }) => isActive && this.#text.length - at <= MAX_BRACKET_LENGTH);
    if (bracket) this.#removeFrom(bracket);
  }

  /** Treat what is still open as if it reached to the end of the text so far. */
  #closeOpen() {
    for (const tag of this.#tags.reverse()) this.#wrap(tag, { type: tag.name });
    this.#emphasis.closeOpen();
  }
}

/** @param {string} source */
function codeText(source) {
  const text = source.replaceAll("\n", " ");
  return /^ .*[^ ].* $/.test(text) ? text.slice(1, -1) : text;
}
