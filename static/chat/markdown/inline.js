/**
 * The inline content of a block: emphasis, code, links, formulas.
 *
 * This is CommonMark's algorithm, for text that may still be arriving. What the next characters could change is held
 * back, or parsed as what it begins to be.
 */

import { pastHalf } from "chat/lib/characters";
import { BracketParser, MAX_BRACKET_LENGTH } from "chat/markdown/brackets";
import { entityAt } from "chat/markdown/entities";
import { InlineState } from "chat/markdown/inline-state";
import { mayBeginEnvironment, parseInlineMath } from "chat/markdown/math-syntax";
import { BARE_URL_START, findBareEmail, LAST_EAST_ASIAN_CHARACTER, matchBareUrl } from "chat/markdown/syntax";

/** @typedef {import("chat/markdown/inline-state").Inline} Inline */

/** How many characters are parsed at a time. No node is longer. */
const MAX_CHUNK_LENGTH = 2000;

const PLAIN_TEXT = /[^\\`*_~[\]!<&$\s]+/y;
const SPACE = /\s+/y;
const AUTOLINK = /<(?:(https?:\/\/[^\s<>]*|mailto:[^\s<>]+)|([\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+))>/iy;
/** The tags that do nothing but what Markdown or its dialects do. Their attributes are ignored. */
const TAG_NAMES = "sub|sup|kbd|mark|u|b|strong|i|em|s|del|small";
const PLAIN_TAG = new RegExp(`<(/?)(${TAG_NAMES})(?:\\s[^<>]*)?/?>`, "iy");
/** A line break in the source behind the tag is the same line break. */
const BREAK_TAG = /<br(?:\s[^<>]*)?\/?>[ \t]*\n?/iy;
const PARTIAL_TAG = new RegExp(`<[^\\s<>]*$|</?(?:br|${TAG_NAMES})\\s[^<>]*$`, "iy");
const COMMENT = /<!--(?:-?>|[\s\S]*?-->)/y;
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
  const length = space > MAX_CHUNK_LENGTH / 2 ? space : pastHalf(text, MAX_CHUNK_LENGTH);
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
    const url = this.#urlStart(text);
    const email = url ? null : findBareEmail(this.#state.text, this.#state.at, text.length);
    if (url) {
      this.#addPlain(text.slice(0, url.index + url[0].length));
      const link = matchBareUrl(this.#state.text.slice(this.#state.at));
      this.#linkTo(link.startsWith("www.") ? `http://${link}` : link, link);
    } else if (email) {
      this.#addPlain(text.slice(0, email.index));
      this.#linkTo(email.link.startsWith("mailto:") ? email.link : `mailto:${email.link}`, email.link);
    } else if (this.#state.isOpen && text === "!" && this.#state.at + 1 === this.#state.text.length) {
      // An exclamation mark may begin an image.
      this.#state.hold();
    } else this.#addPlain(text);
  }

  /**
   * Find the start of a bare URL. Its host may be an address in brackets, behind the text without markup.
   *
   * @param {string} text
   */
  #urlStart(text) {
    const { at } = this.#state;
    const hasBracket = text.endsWith("//") && this.#state.text[at + text.length] === "[";
    return BARE_URL_START.exec(hasBracket ? this.#state.text.slice(at, at + text.length + 48) : text);
  }

  /**
   * Add text without markup. In scripts without spaces between words, it settles where the last character begins.
   *
   * @param {string} text
   */
  #addPlain(text) {
    const last = text.search(LAST_EAST_ASIAN_CHARACTER);
    if (last > 0) this.#state.add(text.slice(0, last));
    if (last >= 0) this.#settle();
    const rest = text.slice(Math.max(0, last));
    if (rest) this.#state.add(rest);
  }

  /**
   * @param {string} href
   * @param {string} text
   */
  #linkTo(href, text) {
    this.#state.put({ type: "link", href, children: [{ type: "text", text }] }, text.length);
  }

  /** Note that nothing is open here, if so: later text can't change what comes before. */
  #settle() {
    const { brackets, emphasis, tags, at, nodes, isBlocked } = this.#state;
    if (!brackets.length) emphasis.match(0);
    while (brackets.length && at - brackets[0].at > MAX_BRACKET_LENGTH) brackets.shift();
    if (isBlocked || emphasis.length || brackets.length || tags.length) return;
    this.#settled = { length: at, count: nodes.length };
  }

  #space() {
    this.#settle();
    const [space] = /** @type {RegExpExecArray} */ (this.#state.matches(SPACE));
    // A line break in the source is shown, as in a letter's last lines.
    if (space.includes("\n")) this.#state.put({ type: "break" }, space.length);
    else this.#state.add(space);
  }

  #escape() {
    if (this.#state.isAtEnd) return this.#state.hold();
    const next = this.#state.text[this.#state.at + 1];
    if ((next === "(" || next === "[" || next === "b") && this.#math()) return;
    if (this.#state.isOpen && mayBeginEnvironment(this.#state.text, this.#state.at)) return this.#state.hold();
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
    const [lineBreak] = this.#state.matches(BREAK_TAG) ?? [];
    if (link) {
      const [source, url, mail] = link;
      const children = [{ type: "text", text: url ?? mail }];
      this.#state.put({ type: "link", href: url ?? `mailto:${mail}`, children }, source.length);
    } else if (lineBreak) this.#break(lineBreak);
    else if (tag) this.#tag(tag[0], tag[2].toLowerCase(), tag[1] !== "");
    else if (this.#state.text.startsWith("<!--", this.#state.at)) this.#comment();
    else if (this.#state.isOpen && this.#state.matches(PARTIAL_TAG)) this.#state.hold();
    else this.#state.add("<");
  }

  /** @param {string} source */
  #break(source) {
    const isAtEnd = this.#state.at + source.length === this.#state.text.length;
    if (this.#state.isOpen && isAtEnd && !source.endsWith("\n")) this.#state.hold();
    else this.#state.put({ type: "break" }, source.length);
  }

  /** Leave out a comment. */
  #comment() {
    const [comment] = this.#state.matches(COMMENT) ?? [];
    if (comment) this.#state.at += comment.length;
    else if (this.#state.isOpen) this.#state.hold();
    else {
      this.#state.isBlocked = true;
      this.#state.add("<");
    }
  }

  /**
   * @param {string} source
   * @param {string} name
   * @param {boolean} isEnd
   */
  #tag(source, name, isEnd) {
    const node = this.#state.add(source);
    const place = { node, name, delimiters: this.#state.emphasis.length, brackets: this.#state.brackets.length };
    if (!isEnd) {
      this.#state.tags.push(place);
      return;
    }
    const at = this.#state.tags.findLastIndex((tag) => tag.name === name && tag.brackets === place.brackets);
    if (at < 0) return;
    this.#state.nodes.pop();
    if (!this.#state.wrap(this.#state.tags[at], { type: name })) this.#state.nodes.push(node);
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
