import * as syntax from "chat/markdown/block-syntax";
import { ContainerParser } from "chat/markdown/containers";
import { Line } from "chat/markdown/line";
import { BlockTree } from "chat/markdown/tree";
import { UnconfirmedLeaf } from "chat/markdown/unconfirmed";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/tree").Listener} Listener
 */

/** A line shows what it begins within this many characters; what comes later is text. */
const MAX_START_LENGTH = 1000;

/**
 * A parser that splits Markdown into blocks while it arrives, and reads each line once.
 *
 * It knows CommonMark, GitHub's tables, tasks, alerts and footnotes, and formulas. HTML is plain text, except comments,
 * which are left out, and `details`.
 *
 * A line is read as soon as its start shows what it begins; the rest of it is appended as text.
 */
export class BlockParser {
  #listener;
  #tree;
  #containers;
  /** The start of a line that does not show yet what it begins. */
  #start = "";
  /** Whether the start of the current line was read. */
  #isStartRead = false;
  /** Whether the current line is code, so that its line break is, too. */
  #isCodeLine = false;
  #unconfirmed;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
    this.#tree = new BlockTree(listener);
    this.#containers = new ContainerParser(this.#tree);
    this.#unconfirmed = new UnconfirmedLeaf(this.#tree);
  }

  /**
   * Parse the next piece of the text.
   *
   * @param {string} text
   */
  write(text) {
    for (let at = 0; at < text.length; ) {
      const end = text.indexOf("\n", at);
      this.#receive(text.slice(at, end < 0 ? undefined : end), end >= 0);
      at = end < 0 ? text.length : end + 1;
    }
  }

  /** Whether the current line may begin a summary. */
  get #canSummarize() {
    const { type, isEmpty } = this.#containers.innermost;
    return type === "details" && isEmpty;
  }

  /** Close all blocks: the text is complete. */
  end() {
    if (this.#start) this.#readStart(true);
    this.#endLine();
    if (this.#unconfirmed.isOpen) this.#rereadAsText();
    this.#tree.close(1);
  }

  /**
   * @param {string} text
   * @param {boolean} isWhole whether the line ends with this text
   */
  #receive(text, isWhole) {
    if (this.#isStartRead) this.#append(text);
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
    const isShort = line.length <= MAX_START_LENGTH;
    this.#read(line.slice(0, MAX_START_LENGTH), isWhole && isShort);
    this.#isStartRead = true;
    this.#append(line.slice(MAX_START_LENGTH));
  }

  /** @param {string} text more of the current line */
  #append(text) {
    if (this.#unconfirmed.isOpen) this.#unconfirmed.append(text);
    this.#tree.append(text);
  }

  #endLine() {
    this.#isStartRead = false;
    if (this.#isCodeLine) this.#tree.append("\n");
    this.#isCodeLine = false;
    if (this.#tree.leaf?.type === "heading") this.#tree.closeLeaf();
  }

  /** @param {string} start */
  #isDecided(start) {
    if (start.length > MAX_START_LENGTH) return true;
    const line = new Line(start);
    if (line.isBlank) return false;
    const isInside = this.#containers.match(line);
    if (isInside && (this.#unconfirmed.isOpen || this.#tree.leaf?.type === "summary")) return false;
    if (isInside && this.#tree.leaf?.type === "code" && this.#tree.leaf.mark) {
      return !line.isBlank && !(line.indent < 4 && /^(?:`+|~+)\s*$/.test(line.content));
    }
    return syntax.isDecided(line.content);
  }

  /**
   * @param {string} text
   * @param {boolean} isWhole
   * @param {boolean} [isText] whether the line was taken for a formula or a comment by mistake and is read again
   */
  #read(text, isWhole, isText = false) {
    const line = new Line(text);
    this.#containers.read(line);
    if (this.#unconfirmed.isOpen) {
      const after = this.#containers.isInside ? this.#unconfirmed.read(line, text, isWhole) : null;
      if (after) this.#readText(after);
      if (after !== null) return;
      this.#rereadAsText();
      this.#read(text, isWhole);
      return;
    }
    if (this.#containers.isInside && this.#tree.leaf?.type === "summary" && !line.isBlank) {
      this.#readSummary(syntax.parseSummaryEnd(line.content));
      return;
    }
    if (this.#containers.isInside && this.#tree.leaf?.type === "code" && this.#tree.leaf.mark) {
      this.#continueFence(this.#tree.leaf, line, isWhole);
      return;
    }
    while (!line.isBlank && this.#containers.begin(line));
    // A summary may be indented as far as in HTML.
    if (this.#canSummarize && syntax.parseSummary(line.content)) line.consume(line.indent);
    if (line.isBlank) this.#readBlank(line);
    else if (line.indent >= 4 && this.#tree.leaf?.type !== "paragraph") this.#readIndentedCode(line);
    else if (line.indent >= 4 || !this.#beginLeaf(line, isWhole, isText)) this.#readText(line.content);
  }

  /** @param {Line} line */
  #readBlank(line) {
    line.consume(Math.min(line.indent, 4));
    if (this.#containers.isInside && this.#tree.leaf?.type === "code") this.#tree.leaf.line += `${line.rest}\n`;
    else if (this.#containers.isInside) this.#tree.closeLeaf();
    else this.#containers.closeDeeper();
  }

  /** @param {Line} line */
  #readIndentedCode(line) {
    line.consume(4);
    if (!this.#containers.isInside || this.#tree.leaf?.type !== "code") {
      this.#containers.closeUnmatched();
      this.#tree.openLeaf("code", {});
    }
    const leaf = /** @type {Block} */ (this.#tree.leaf);
    // Blank lines belong to indented code only if more of it follows.
    const blank = leaf.line;
    leaf.line = "";
    this.#isCodeLine = true;
    this.#tree.append(blank + line.rest);
  }

  /**
   * @param {Block} leaf
   * @param {Line} line
   * @param {boolean} isWhole
   */
  #continueFence(leaf, line, isWhole) {
    if (isWhole && line.indent < 4 && syntax.closesFence(line.content, leaf.mark)) {
      leaf.isComplete = true;
      this.#tree.closeLeaf();
      return;
    }
    line.consume(Math.min(line.indent, leaf.indent));
    this.#isCodeLine = true;
    this.#tree.append(line.rest);
  }

  /**
   * Begin a leaf other than a paragraph, if the line begins one. Only a heading can begin before its line is whole.
   *
   * @param {Line} line
   * @param {boolean} isWhole
   * @param {boolean} isText
   */
  #beginLeaf(line, isWhole, isText) {
    const content = line.content;
    const heading = syntax.parseHeading(content);
    if (heading) {
      this.#containers.closeUnmatched();
      this.#tree.openLeaf("heading", { level: heading.level });
      this.#tree.append(content.slice(heading.length).trimStart());
      return true;
    }
    if (!isWhole) return false;
    const paragraph = this.#containers.isInside && this.#tree.leaf?.type === "paragraph" ? this.#tree.leaf : null;
    const fence = syntax.parseFence(content);
    const math = isText || (paragraph && syntax.leavesFormulaOpen(paragraph)) ? null : syntax.parseMath(content);
    const summary = this.#canSummarize ? syntax.parseSummary(content) : null;
    if (fence) {
      this.#containers.closeUnmatched();
      this.#tree.openLeaf("code", { mark: fence.mark, label: fence.language, indent: line.indent });
    } else if (math) {
      if (!paragraph) this.#containers.closeUnmatched();
      this.#unconfirmed.open("math", { mark: math.closer }, content);
      this.#tree.append(math.tex);
      if (math.isWhole) this.#tree.closeLeaf();
    } else if (content.startsWith("<!--") && !isText) {
      if (!paragraph) this.#containers.closeUnmatched();
      this.#unconfirmed.open("comment", {}, content);
      const after = this.#unconfirmed.readComment(content);
      if (after) this.#readText(after);
    } else if (summary) {
      this.#tree.openLeaf("summary", {});
      this.#readSummary(summary);
    } else if (paragraph && syntax.underlineLevel(content)) {
      this.#tree.retype(paragraph, "heading", { level: syntax.underlineLevel(content) }, paragraph.text.trim());
      this.#tree.closeLeaf();
    } else if (syntax.isRule(content)) {
      this.#containers.closeUnmatched();
      this.#tree.openLeaf("rule", {});
      this.#tree.closeLeaf();
    } else return paragraph ? this.#convertToTable(paragraph, content) : this.#readDefinition(content);
    return true;
  }

  /** @param {string} content */
  #readDefinition(content) {
    const definition = this.#tree.leaf?.type === "paragraph" ? null : syntax.parseDefinition(content);
    if (!definition) return false;
    this.#containers.closeUnmatched();
    this.#listener.defined(definition.label, definition.href);
    return true;
  }

  /**
   * Make a table of a paragraph's last line if this line is its delimiter row. Return whether it is.
   *
   * @param {Block} paragraph
   * @param {string} content
   */
  #convertToTable(paragraph, content) {
    const head = paragraph.line;
    const align = syntax.canHeadTable(head) ? syntax.parseAlignments(content) : null;
    if (align?.length !== syntax.splitCells(head).length) return false;
    const before = paragraph.text.slice(0, -head.length).trimEnd();
    if (before) this.#tree.retype(paragraph, "paragraph", {}, before);
    else this.#tree.drop(paragraph);
    this.#tree.closeLeaf();
    this.#containers.open("table", { align });
    this.#tree.openLeaf("row", {});
    this.#tree.append(head);
    this.#tree.closeLeaf();
    return true;
  }

  /** @param {{text: string, after: string, isEnd: boolean}} line */
  #readSummary({ text, after, isEnd }) {
    const leaf = /** @type {Block} */ (this.#tree.leaf);
    this.#tree.append(leaf.text && text ? `\n${text}` : text);
    if (!isEnd) return;
    this.#tree.closeLeaf();
    const content = after.replace(/<\/details[ \t]*>$/i, "");
    if (content.trim()) this.#readText(content.trim());
    if (content !== after) this.#containers.closeDetails();
  }

  #rereadAsText() {
    const [first, ...lines] = this.#unconfirmed.drop();
    this.#containers.enter();
    this.#readText(first);
    this.#endLine();
    for (const line of lines) {
      this.#read(line, true, true);
      this.#endLine();
    }
  }

  /** @param {string} content */
  #readText(content) {
    if (this.#tree.leaf?.type === "paragraph") {
      this.#tree.leaf.isFormulaOpen = syntax.leavesFormulaOpen(this.#tree.leaf);
      this.#tree.leaf.line = "";
      this.#tree.append("\n");
      this.#tree.leaf.line = "";
    } else if (this.#containers.isInside && this.#containers.innermost.type === "table") {
      this.#tree.closeLeaf();
      this.#tree.openLeaf("row", {});
    } else {
      this.#containers.closeUnmatched();
      this.#tree.openLeaf("paragraph", {});
    }
    this.#tree.append(content);
  }
}
