import { parseLinkTarget } from "chat/markdown/syntax";

/**
 * @typedef {import("chat/markdown/inline-state").Bracket} Bracket
 * @typedef {import("chat/markdown/inline-state").Inline} Inline
 * @typedef {import("chat/markdown/inline-state").InlineState} InlineState
 */

/** How many characters a link's text may have. */
export const MAX_BRACKET_LENGTH = 1000;

const LABEL = /^(?:[^[\]\\]|\\.)*$/s;
const FULL_LABEL = /\[((?:[^[\]\\]|\\.){0,999})\]/y;
const PARTIAL_LABEL = /\[(?:[^[\]\\]|\\.?){0,999}$/y;

/** The parser of what stands in brackets: links, images, references and footnotes. */
export class BracketParser {
  #state;

  /** @param {InlineState} state */
  constructor(state) {
    this.#state = state;
  }

  /**
   * Open a bracket at the current character.
   *
   * @param {boolean} isImage
   */
  open(isImage) {
    const at = this.#state.at;
    const node = this.#state.add(isImage ? "![" : "[");
    this.#state.brackets.push({ node, at, delimiters: this.#state.emphasis.length, isImage, isActive: true });
  }

  /** Close the innermost bracket at the current character, with what it makes of its text. */
  close() {
    const bracket = this.#state.brackets.pop();
    const isTooLong = bracket && this.#state.at - bracket.at > MAX_BRACKET_LENGTH;
    if (!bracket?.isActive || isTooLong) {
      this.#state.add("]");
      return;
    }
    const after = this.#state.at + 1;
    if (this.#state.isOpen && after === this.#state.text.length) return this.#state.hold(this.#removeFrom(bracket));
    const { isImage } = bracket;
    const source = this.#state.text.slice(bracket.at + (isImage ? 2 : 1), this.#state.at);
    if (!isImage && /^\^[^\s\]^]+$/.test(source)) {
      this.#wrapTo({ type: "footnote", label: source.slice(1) }, after, bracket);
      return;
    }
    const target = parseLinkTarget(this.#state.text, after);
    if (target === "open") return this.#openLink(bracket, after);
    if (target)
      return this.#link(bracket, { type: isImage ? "image" : "link", href: target.href }, after + target.length);
    const label = this.#state.matches(FULL_LABEL, after);
    if (!label && this.#state.matches(PARTIAL_LABEL, after)) {
      if (this.#state.isOpen) return this.#state.hold(this.#removeFrom(bracket));
      this.#state.isBlocked = true;
    }
    if (source.trim() && (label || LABEL.test(source))) {
      const suffix = label?.[0] ?? "";
      const reference = { type: "reference", label: label?.[1] || source, suffix, isImage };
      this.#wrapTo(reference, after + suffix.length, bracket);
    } else this.#state.add("]");
  }

  /** Hold back an open bracket until it is clear whether it is a link. */
  holdOpen() {
    const bracket = this.#state.brackets.find(
      ({ at, isActive }) => isActive && this.#state.text.length - at <= MAX_BRACKET_LENGTH,
    );
    if (bracket) this.#removeFrom(bracket);
  }

  /**
   * Make a link whose URL has not arrived in full.
   *
   * @param {Bracket} bracket
   * @param {number} after
   */
  #openLink(bracket, after) {
    if (!this.#state.isOpen) {
      this.#state.isBlocked = true;
      this.#state.add("]");
    } else if (bracket.isImage || this.#state.brackets.length) this.#state.hold(this.#removeFrom(bracket));
    else {
      this.#state.text = this.#state.text.slice(0, after);
      this.#link(bracket, { type: "link", href: "" }, after);
    }
  }

  /**
   * @param {Bracket} bracket
   * @param {Inline} link
   * @param {number} end
   */
  #link(bracket, link, end) {
    if (!this.#wrapTo(link, end, bracket)) return;
    // Links don't nest.
    if (link.type === "link") for (const outer of this.#state.brackets) outer.isActive = outer.isImage;
  }

  /**
   * @param {Inline} node
   * @param {number} end
   * @param {Bracket} bracket
   */
  #wrapTo(node, end, bracket) {
    this.#state.tags = this.#state.tags.filter((tag) => tag.brackets <= this.#state.brackets.length);
    const isWrapped = this.#state.wrap(bracket, node);
    if (isWrapped) this.#state.at = end;
    else this.#state.add("]");
    return isWrapped;
  }

  /**
   * Remove the nodes from a bracket on. Return the index of the bracket in the text.
   *
   * @param {Bracket} bracket
   */
  #removeFrom({ node, at, delimiters }) {
    this.#state.nodes.length = this.#state.nodes.lastIndexOf(node);
    this.#state.emphasis.forget(delimiters);
    this.#state.tags = this.#state.tags.filter((tag) => this.#state.nodes.includes(tag.node));
    return at;
  }
}
