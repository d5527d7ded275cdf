import * as syntax from "chat/markdown/block-syntax";
import { Line } from "chat/markdown/line";
import { BlockTree } from "chat/markdown/tree";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/tree").Listener} Listener
 */

/** Within so many characters a line has to show what it begins. */
const LONGEST_START = 1000;
const LONGEST_MATH = 10_000;
/** In more containers than these, marks are words. */
const DEEPEST = 40;

/**
 * Splits Markdown into blocks while it arrives, and never looks at a line again: CommonMark, with GitHub's tables, tasks
 * and footnotes, and with mathematics. HTML is words like others.
 *
 * A line is read as soon as its start shows what it begins; the rest of it only adds words.
 */
export class BlockParser {
  #listener;
  #tree;
  /** What came of a line that does not show yet what it begins. */
  #start = "";
  #isRead = false;
  #isCode = false;
  /** How many of the containers the line that is read goes on with. */
  #depth = 1;
  /** @type {string[]} the lines of mathematics that has not ended */ #math = [];

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#tree = new BlockTree(listener);
  }

  /** @param {string} text what comes next */
  write(text) {
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf("\n", at);
      this.#arrive(text.slice(at, end < 0 ? undefined : end), end >= 0);
      at = end < 0 ? text.length : end + 1;
    }
  }

  end() {
    if (this.#start) this.#readStart(true);
    this.#endLine();
    if (this.#tree.leaf?.type === "math") this.#giveUpMath();
    this.#tree.close(1);
  }

  /**
   * @param {string} text
   * @param {boolean} isWhole whether the line ends with it
   */
  #arrive(text, isWhole) {
    if (this.#isRead) this.#append(text);
    else {
      this.#start += text;
      if (isWhole || this.#isDecided(this.#start)) this.#readStart(isWhole);
    }
    if (isWhole) this.#endLine();
  }

  /** @param {boolean} isWhole */
  #readStart(isWhole) {
    const line = this.#start;
    this.#start = "";
    const isShort = line.length <= LONGEST_START;
    this.#read(line.slice(0, LONGEST_START), isWhole && isShort);
    this.#isRead = true;
    this.#append(line.slice(LONGEST_START));
  }

  /** @param {string} text more of the line that is read */
  #append(text) {
    if (this.#tree.leaf?.type === "math") this.#math.push(`${this.#math.pop()}${text}`);
    this.#tree.append(text);
  }

  #endLine() {
    this.#isRead = false;
    if (this.#isCode) this.#tree.append("\n");
    this.#isCode = false;
    if (this.#tree.leaf?.type === "heading") this.#tree.closeLeaf();
  }

  /** @param {string} start */
  #isDecided(start) {
    if (start.length > LONGEST_START) return true;
    const line = new Line(start);
    if (line.isBlank) return false;
    const isInside = this.#match(line) === this.#tree.containers.length;
    if (isInside && this.#tree.leaf?.type === "math") return false;
    if (isInside && this.#tree.leaf?.type === "code" && this.#tree.leaf.mark) {
      return !line.isBlank && !(line.indent < 4 && /^(?:`+|~+)\s*$/.test(line.words));
    }
    return syntax.isDecided(line.words);
  }

  /**
   * @param {string} text
   * @param {boolean} isWhole
   * @param {boolean} [isNoMath] whether it was taken for mathematics by mistake, which happens to a line but once
   */
  #read(text, isWhole, isNoMath = false) {
    const line = new Line(text);
    this.#depth = this.#match(line);
    if (this.#tree.leaf?.type === "math") {
      if (this.#isInside && this.#continueMath(line, text, isWhole)) return;
      this.#giveUpMath();
      this.#read(text, isWhole);
      return;
    }
    if (this.#isInside && this.#tree.leaf?.type === "code" && this.#tree.leaf.mark) {
      this.#continueFence(this.#tree.leaf, line, isWhole);
      return;
    }
    while (!line.isBlank && this.#beginContainer(line));
    if (line.isBlank) this.#blank();
    else if (line.indent >= 4 && this.#tree.leaf?.type !== "paragraph") this.#indented(line);
    else if (line.indent >= 4 || !this.#beginLeaf(line, text, isWhole, isNoMath)) this.#words(line.words);
  }

  /** How many of the open containers this line goes on with; takes their marks from it. @param {Line} line */
  #match(line) {
    for (let depth = 1; depth < this.#tree.containers.length; depth++) {
      const { type, indent, isEmpty } = this.#tree.containers[depth];
      if (type === "quote") {
        if (line.indent > 3 || line.words[0] !== ">") return depth;
        line.take(line.indent + 1);
        line.take(Math.min(line.indent, 1));
      } else if (type === "table") {
        if (line.isBlank) return depth;
      } else if (type !== "list") {
        if (line.isBlank ? isEmpty : line.indent < indent) return depth;
        line.take(line.isBlank ? line.indent : indent);
      }
    }
    return this.#tree.containers.length;
  }

  get #isInside() {
    return this.#depth === this.#tree.containers.length;
  }

  /** Closes what the line that is read does not go on with, to begin something. */
  #enter() {
    const { type } = this.#tree.containers[this.#depth - 1];
    this.#tree.close(type === "list" || type === "table" ? this.#depth - 1 : this.#depth);
    this.#depth = this.#tree.containers.length;
  }

  /**
   * @param {Line} line
   * @returns {boolean} whether it began one
   */
  #beginContainer(line) {
    if (line.indent >= 4 || this.#depth > DEEPEST) return false;
    const words = line.words;
    if (words[0] === ">") {
      this.#enter();
      line.take(line.indent + 1);
      line.take(Math.min(line.indent, 1));
      this.#openContainer("quote", {});
      return true;
    }
    const footnote = syntax.parseFootnote(words);
    if (footnote) {
      this.#enter();
      line.take(line.indent + footnote.length);
      line.take(line.indent);
      this.#openContainer("footnote", { label: footnote.label, indent: 4 });
      return true;
    }
    const item = syntax.isRule(words) ? null : syntax.parseItem(words);
    const isInParagraph = this.#isInside && this.#tree.leaf?.type === "paragraph";
    if (!item || (isInParagraph && (!item.mayInterrupt || syntax.underlineLevel(words)))) return false;
    this.#beginItem(line, item);
    return true;
  }

  /**
   * @param {Line} line
   * @param {syntax.Item} item
   */
  #beginItem(line, item) {
    const { type, mark } = this.#tree.containers[this.#depth - 1];
    if (type === "list" && mark === item.mark) this.#tree.close(this.#depth);
    else {
      this.#enter();
      this.#openContainer("list", { mark: item.mark, start: item.start });
    }
    const before = line.indent + item.length;
    line.take(before);
    const gap = line.isBlank || line.indent > 4 ? 1 : line.indent;
    line.take(gap);
    const task = syntax.parseTask(line.words);
    this.#openContainer("item", { indent: before + gap, isDone: task ? task.isDone : null });
    if (task) line.take(line.indent + task.length);
  }

  #blank() {
    if (this.#isInside && this.#tree.leaf?.type === "code") this.#tree.leaf.line += "\n";
    else if (this.#isInside) this.#tree.closeLeaf();
    else this.#tree.close(this.#depth);
  }

  /** @param {Line} line */
  #indented(line) {
    line.take(4);
    if (!this.#isInside || this.#tree.leaf?.type !== "code") {
      this.#enter();
      this.#tree.openLeaf("code", {});
    }
    const leaf = /** @type {Block} */ (this.#tree.leaf);
    // Blank lines belong to it only where more of it follows.
    const blank = leaf.line;
    leaf.line = "";
    this.#isCode = true;
    this.#tree.append(blank + line.rest);
  }

  /**
   * @param {Block} leaf
   * @param {Line} line
   * @param {boolean} isWhole
   */
  #continueFence(leaf, line, isWhole) {
    if (isWhole && line.indent < 4 && syntax.closesFence(line.words, leaf.mark)) {
      leaf.isComplete = true;
      this.#tree.closeLeaf();
      return;
    }
    line.take(Math.min(line.indent, leaf.indent));
    this.#isCode = true;
    this.#tree.append(line.rest);
  }

  /**
   * Begins a leaf other than a paragraph. Of a line that is not whole only a heading is known.
   *
   * @param {Line} line
   * @param {string} text
   * @param {boolean} isWhole
   * @param {boolean} isNoMath
   */
  #beginLeaf(line, text, isWhole, isNoMath) {
    const words = line.words;
    const heading = syntax.parseHeading(words);
    if (heading) {
      this.#enter();
      this.#tree.openLeaf("heading", { level: heading.level });
      this.#tree.append(words.slice(heading.length).trimStart());
      return true;
    }
    if (!isWhole) return false;
    const paragraph = this.#isInside && this.#tree.leaf?.type === "paragraph" ? this.#tree.leaf : null;
    const fence = syntax.parseFence(words);
    const math = isNoMath || (paragraph && syntax.leavesFormulaOpen(paragraph)) ? null : syntax.parseMath(words);
    if (fence) {
      this.#enter();
      this.#tree.openLeaf("code", { mark: fence.mark, label: fence.language, indent: line.indent });
    } else if (math) {
      this.#enter();
      this.#tree.openLeaf("math", { mark: math.closer });
      this.#math = [text];
      this.#tree.append(math.tex);
      if (math.isWhole) this.#tree.closeLeaf();
    } else if (paragraph && syntax.underlineLevel(words)) {
      this.#tree.retype(paragraph, "heading", { level: syntax.underlineLevel(words) }, paragraph.text.trim());
      this.#tree.closeLeaf();
    } else if (syntax.isRule(words)) {
      this.#enter();
      this.#tree.openLeaf("rule", {});
      this.#tree.closeLeaf();
    } else return paragraph ? this.#becomesTable(paragraph, words) : this.#define(words);
    return true;
  }

  /** @param {string} words */
  #define(words) {
    const definition = this.#tree.leaf?.type === "paragraph" ? null : syntax.parseDefinition(words);
    if (!definition) return false;
    this.#enter();
    this.#listener.defined(definition.label, definition.href);
    return true;
  }

  /**
   * A paragraph's last line is a table's head where the next one says how its columns are aligned.
   *
   * @param {Block} paragraph
   * @param {string} words
   */
  #becomesTable(paragraph, words) {
    const head = paragraph.line;
    const align = syntax.canHeadTable(head) ? syntax.parseAlignments(words) : null;
    if (align?.length !== syntax.splitCells(head).length) return false;
    const before = paragraph.text.slice(0, -head.length).trimEnd();
    if (before) this.#tree.retype(paragraph, "paragraph", {}, before);
    else this.#tree.drop(paragraph);
    this.#tree.closeLeaf();
    this.#openContainer("table", { align });
    this.#tree.openLeaf("row", {});
    this.#tree.append(head);
    this.#tree.closeLeaf();
    return true;
  }

  /**
   * @param {Line} line
   * @param {string} text
   * @param {boolean} isWhole
   * @returns {boolean} whether the line belongs to the mathematics
   */
  #continueMath(line, text, isWhole) {
    const leaf = /** @type {Block} */ (this.#tree.leaf);
    if (line.isBlank || leaf.text.length > LONGEST_MATH) return false;
    this.#math.push(text);
    const end = isWhole ? syntax.parseMathEnd(line.rest, leaf.mark) : null;
    this.#tree.append(`\n${end ? end.tex : line.rest.trimEnd()}`);
    if (end) this.#tree.closeLeaf();
    if (end?.words) this.#words(end.words);
    return true;
  }

  #giveUpMath() {
    this.#tree.drop(/** @type {Block} */ (this.#tree.leaf));
    for (const line of this.#math) {
      this.#read(line, true, true);
      this.#endLine();
    }
  }

  /** @param {string} words */
  #words(words) {
    if (this.#tree.leaf?.type === "paragraph") {
      this.#tree.leaf.isFormulaOpen = syntax.leavesFormulaOpen(this.#tree.leaf);
      this.#tree.leaf.line = "";
      this.#tree.append("\n");
      this.#tree.leaf.line = "";
    } else if (this.#isInside && this.#tree.containers[this.#depth - 1].type === "table") {
      this.#tree.closeLeaf();
      this.#tree.openLeaf("row", {});
    } else {
      this.#enter();
      this.#tree.openLeaf("paragraph", {});
    }
    this.#tree.append(words);
  }

  /**
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  #openContainer(type, properties) {
    this.#tree.openContainer(type, properties);
    this.#depth = this.#tree.containers.length;
  }
}
