import * as syntax from "chat/markdown/block-syntax";

/**
 * @typedef {import("chat/markdown/line").Line} Line
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/tree").BlockTree} BlockTree
 */

/** Markers that would nest containers deeper than this are text. */
const MAX_DEPTH = 40;

/** The parser of containers: which of the open ones a line continues, and which it begins. */
export class ContainerParser {
  #tree;
  /** How many of the open containers the current line continues. */
  #depth = 1;

  /** @param {BlockTree} tree */
  constructor(tree) {
    this.#tree = tree;
  }

  /** Whether the current line continues all open containers. */
  get isInside() {
    return this.#depth === this.#tree.containers.length;
  }

  /** The innermost container that the current line continues. */
  get innermost() {
    return this.#tree.containers[this.#depth - 1];
  }

  /**
   * Consume the markers of the open containers that this line continues, and make it the current line.
   *
   * @param {Line} line
   */
  read(line) {
    this.#depth = this.#match(line);
  }

  /**
   * Consume the markers of the open containers that this line continues. Return whether it continues all of them.
   *
   * @param {Line} line
   */
  match(line) {
    return this.#match(line) === this.#tree.containers.length;
  }

  /** Have the current line continue all open containers. */
  enter() {
    this.#depth = this.#tree.containers.length;
  }

  /** Close what the current line does not continue, before a block is opened. */
  closeUnmatched() {
    const { type } = this.innermost;
    this.#tree.close(type === "list" || type === "table" ? this.#depth - 1 : this.#depth);
    this.#depth = this.#tree.containers.length;
  }

  /** Close all containers that the current line does not continue. */
  closeDeeper() {
    this.#tree.close(this.#depth);
  }

  /**
   * Begin a container if the line has its marker, which is consumed.
   *
   * @param {Line} line
   * @returns {boolean} whether the line began a container
   */
  begin(line) {
    if (line.indent >= 4) return false;
    const content = line.content;
    const details = syntax.parseDetails(content);
    if (details?.isEnd) return this.#endDetails(line, details.length);
    if (this.#depth > MAX_DEPTH) return false;
    if (details) {
      this.closeUnmatched();
      line.consume(line.indent + details.length);
      this.open("details", { isExpanded: details.isExpanded });
      return true;
    }
    if (content[0] === ">") {
      this.closeUnmatched();
      line.consume(line.indent + 1);
      line.consume(Math.min(line.indent, 1));
      const alert = line.indent < 4 ? syntax.parseAlert(line.content) : null;
      this.open("quote", { label: alert?.label ?? "" });
      if (alert) line.consume(line.indent + alert.length);
      return true;
    }
    const footnote = syntax.parseFootnote(content);
    if (footnote) {
      this.closeUnmatched();
      line.consume(line.indent + footnote.length);
      line.consume(line.indent);
      this.open("footnote", { label: footnote.label, indent: 4 });
      return true;
    }
    const item = syntax.isRule(content) ? null : syntax.parseItem(content);
    const isInParagraph = this.isInside && this.#tree.leaf?.type === "paragraph";
    if (!item || (isInParagraph && (!item.mayInterrupt || syntax.underlineLevel(content)))) return false;
    this.#beginItem(line, item);
    return true;
  }

  /**
   * Open a container in the innermost one.
   *
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  open(type, properties) {
    this.#tree.openContainer(type, properties);
    this.#depth = this.#tree.containers.length;
  }

  /**
   * Close an element that folds its content if one is open; the end tag of none is text.
   *
   * @param {Line} line
   * @param {number} length
   */
  #endDetails(line, length) {
    if (!this.closeDetails()) return false;
    line.consume(line.indent + length);
    return true;
  }

  /** Close the innermost element that folds its content. Return whether there is one. */
  closeDetails() {
    const at = this.#tree.containers.findLastIndex(({ type }, depth) => type === "details" && depth < this.#depth);
    if (at < 0) return false;
    this.#tree.close(at);
    this.#depth = at;
    return true;
  }

  /**
   * @param {Line} line
   * @param {syntax.Item} item
   */
  #beginItem(line, item) {
    const { type, mark } = this.innermost;
    if (type === "list" && mark === item.mark) this.#tree.close(this.#depth);
    else {
      this.closeUnmatched();
      this.open("list", { mark: item.mark, start: item.start });
    }
    const before = line.indent + item.length;
    line.consume(before);
    const gap = line.isBlank || line.indent > 4 ? 1 : line.indent;
    line.consume(gap);
    const task = line.indent < 4 ? syntax.parseTask(line.content) : null;
    this.open("item", { indent: before + gap, isDone: task ? task.isDone : null });
    if (task) line.consume(line.indent + task.length);
  }

  /**
   * Return how many of the open containers this line continues.
   *
   * @param {Line} line
   */
  #match(line) {
    for (let depth = 1; depth < this.#tree.containers.length; depth++) {
      const { type, indent, isEmpty } = this.#tree.containers[depth];
      if (type === "quote") {
        if (line.indent > 3 || line.content[0] !== ">") return depth;
        line.consume(line.indent + 1);
        line.consume(Math.min(line.indent, 1));
      } else if (type === "table") {
        if (line.isBlank) return depth;
      } else if (type !== "list" && type !== "details") {
        if (line.isBlank ? isEmpty : line.indent < indent) return depth;
        line.consume(Math.min(line.indent, indent));
      }
    }
    return this.#tree.containers.length;
  }
}
