import { gettext, interpolate, ngettext } from "chat/lib/translations";

/** The start of a line that is known to be words, with a list's mark perhaps, whatever comes after it. */
const WORDS = /^\s*(?:([-*+]|\d{1,9}[.)])\s+)?(?:\*\*|__|[*_`$])?(?:[\p{L}"'“”„«‘’‚(¿¡]|\d+(?:[.,]\d|[^\d.,)]))/u;
const LIST_MARK = /^\s*(?:[-*+]|\d{1,9}[.)])\s+(?:\[[ xX]\]\s)?/;
const QUOTE_MARK = /^\s*(?:>\s?)+/;
const FENCE = /^\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)?(`{3,}|~{3,})\s*([^\s`]*)/;
const FORMULA = /^\s*(?:\$\$|\\\[)/;
const FORMULA_END = /^\s*$|(?:\$\$|\\\])\s*(?:[.,;:]|\(\w+\))?\s*$|^\s*(?:\$\$|\\\])\s+(.*)/;
const TABLE_ROW = /^\s*\|/;
const HEADING = /^\s*#{1,6}\s+(.*?)(?:\s+#+)?\s*$/;
const DEFINITION = /^\s*\[[^\]^]+\]:\s/;

const segmenter = new Intl.Segmenter(undefined, { granularity: "sentence" });

/**
 * Makes whole sentences, without marks, of Markdown that arrives in pieces; for ears, not for eyes.
 *
 * What it gives does not depend on the pieces: a sentence comes when it is clear that it has ended, and once.
 */
export class Sentences {
  /** The line that is arriving, as long as it is not known what it is. */
  #line = "";
  /** The words of the paragraph that have not been given yet. */
  #words = "";
  #isAmidWords = false;
  /** @type {{end: RegExp, lines: number, language: string} | undefined} the code that is arriving */
  #code;
  #isFormula = false;
  /** @type {string[]} */ #given = [];

  /** @param {string} text */
  arrive(text) {
    this.#line += text.replaceAll("\r", "");
  }

  /** The sentences that have ended since the last call. */
  take() {
    const lines = this.#line.split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.#take(line, true);
    if (this.#isAmidWords || this.#areWords(this.#line)) {
      this.#take(this.#line, false);
      this.#line = "";
    }
    this.#giveSentences();
    return this.#given.splice(0);
  }

  /** All that is left: no more will arrive. */
  end() {
    this.arrive("\n");
    const given = this.take();
    this.#giveWords();
    if (this.#code) this.#giveCode(this.#code);
    if (this.#isFormula) this.#give(gettext("Formula"));
    return [...given, ...this.#given.splice(0)];
  }

  /** @param {string} line */
  #areWords(line) {
    return !this.#code && !this.#isFormula && WORDS.test(line.replace(QUOTE_MARK, ""));
  }

  /**
   * @param {string} line or its beginning, where it is known to be words
   * @param {boolean} isWhole
   */
  #take(line, isWhole) {
    if (this.#isAmidWords) this.#words += line;
    else if (this.#code) this.#takeCode(line, this.#code);
    else if (this.#isFormula) this.#takeFormula(line);
    else if (this.#areWords(line)) this.#beginWords(line.replace(QUOTE_MARK, ""));
    else this.#takeOther(line.replace(QUOTE_MARK, ""));
    if (isWhole && this.#words) this.#words = this.#words.replace(/\\?\s*$/, " ");
    this.#isAmidWords = !isWhole;
  }

  /** @param {string} line */
  #beginWords(line) {
    const mark = LIST_MARK.exec(line)?.[0] ?? "";
    if (mark) this.#giveWords();
    this.#words += line.slice(mark.length).trimStart();
  }

  /** @param {string} line which is whole */
  #takeOther(line) {
    const [, fence, language] = FENCE.exec(line) ?? [];
    if (fence) {
      this.#giveWords();
      this.#code = { end: new RegExp(`^[\\s>]*${fence[0]}{${fence.length},}\\s*$`), lines: 0, language };
    } else if (FORMULA.test(line)) {
      this.#giveWords();
      this.#isFormula = true;
      const rest = line.replace(FORMULA, "");
      if (rest.trim()) this.#takeFormula(rest);
    } else if (TABLE_ROW.test(line) || !/[\p{L}\p{N}]/u.test(line)) {
      // A row, or a rule, or nothing.
      this.#giveWords();
      this.#give(row(line));
    } else if (HEADING.test(line)) {
      this.#giveWords();
      this.#give(plain(line.replace(HEADING, "$1")));
    } else if (!DEFINITION.test(line)) {
      this.#beginWords(line);
    }
  }

  /**
   * @param {string} line
   * @param {{end: RegExp, lines: number, language: string}} code
   */
  #takeCode(line, code) {
    if (code.end.test(line)) this.#giveCode(code);
    else code.lines += 1;
  }

  /** @param {string} line */
  #takeFormula(line) {
    const end = FORMULA_END.exec(line);
    if (!end) return;
    this.#isFormula = false;
    this.#give(gettext("Formula"));
    if (end[1]) this.#beginWords(end[1]);
  }

  /** Gives the sentences that have ended, of the paragraph that is arriving. */
  #giveSentences() {
    let start = 0;
    for (const { index } of segmenter.segment(this.#words)) {
      // Only a letter shows that the sentence before it has ended: "Two metres. (high" goes on.
      if (!/\p{L}/u.test(this.#words.slice(index))) break;
      const sentence = this.#words.slice(start, index);
      if (isAmidMarks(sentence)) continue;
      this.#give(plain(sentence));
      start = index;
    }
    this.#words = this.#words.slice(start);
  }

  /** Gives the paragraph's end. */
  #giveWords() {
    this.#giveSentences();
    this.#give(plain(this.#words));
    this.#words = "";
  }

  /** @param {{lines: number, language: string}} code */
  #giveCode({ lines, language }) {
    this.#code = undefined;
    const name = interpolate(ngettext("Code, %(count)s line", "Code, %(count)s lines", lines), { count: lines });
    this.#give(language ? `${name}, ${language}` : name);
  }

  /** @param {string} text */
  #give(text) {
    if (/[\p{L}\p{N}]/u.test(text)) this.#given.push(text);
  }
}

/**
 * Whether a code or a link has begun in the text and has not ended.
 *
 * @param {string} text
 */
function isAmidMarks(text) {
  return text.split("`").length % 2 === 0 || /\[[^\]]*$|\]\([^)]*$/.test(text);
}

/**
 * A table's cells.
 *
 * @param {string} line
 */
function row(line) {
  const cells = line.split(/(?<!\\)\|/).map((cell) => plain(cell.replaceAll("\\|", "|")));
  return cells.filter(Boolean).join(", ");
}

/**
 * The words of a text, without the marks around them.
 *
 * @param {string} text
 */
function plain(text) {
  const pieces = text.split(/(`+[^`]+`+)/);
  const words = pieces.map((piece, at) => (at % 2 ? piece.replaceAll("`", "") : withoutMarks(piece)));
  return words.join("").replace(/\s+/g, " ").trim();
}

/** @param {string} text */
function withoutMarks(text) {
  return text
    .replace(/<br\s*\/?>/gi, " ")
    .replace(/<\/?(?:sub|sup|kbd|mark|u)>/gi, "")
    .replace(/\[\^[^\]]+\]/g, "")
    .replace(/!?\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?/g, "$1")
    .replace(/<((?:https?:|mailto:)[^>\s]*)>/g, "$1")
    .replace(/\*\*|__|~~|`/g, "")
    .replace(/(?<=\S)\*|\*(?=\S)|^\*+|\*+$/g, "")
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "")
    .replace(/\$([^$\s](?:[^$]*[^$\s])?)\$|\\\((.*?)\\\)/g, "$1$2")
    .replace(/\\([!-/:-@[-`{-~])/g, "$1")
    .replace(/&(amp|lt|gt|quot|nbsp);/g, (entity) => ENTITIES[entity] ?? entity);
}

/** @type {Record<string, string>} */
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&nbsp;": " " };
