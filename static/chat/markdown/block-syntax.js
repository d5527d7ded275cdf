/**
 * The syntax of blocks: what a line of Markdown begins.
 *
 * Each function takes the line's content, without indentation and without the markers of its containers.
 */

import { decodeMarkdown } from "chat/markdown/entities";

/** @typedef {{mark: string, start: number, length: number, mayInterrupt: boolean}} Item */

/** How many columns a table may have. Wider ones are text. */
const MAX_COLUMNS = 100;

/** The environments of LaTeX that are formulas by themselves. */
export const ENVIRONMENT =
  /\\begin\{((?:equation|align|alignat|gather|multline|eqnarray|aligned|alignedat|gathered|split|array|CD|[bBpvV]?matrix|smallmatrix|[dr]?cases)\*?)\}/y;
const CONTAINERS =
  /^(?:(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])|\[\^[^[\]\s]+\]:|\[[ xX]\](?=[ \t])|\[!(?:note|tip|important|warning|caution)\](?=[ \t])|<\/?details(?:[ \t][^<>]*)?>)[ \t]*)*/i;
const UNDECIDED = [
  /^[-+*_=#>|:~`\s]*$/, // a rule, an underline, a table's second row, or markers before text
  /^\d{1,9}[.)]?$/,
  /^(?:`{3}|~{3}|\$\$|\\\[|\\begin\{|<!--|<\/?(?:details|summary))/i, // decided by the whole line
  /^(?:\$|\\(?:b(?:e(?:g(?:in?)?)?)?)?|<[!/]?(?:-|[a-z]{0,7}))$/i,
  /^\[(?:[^[\]\\]|\\.?)*(?:\]|\]:.*)?$/, // a definition, the checkbox of a task, or the kind of an alert
];

/**
 * Return whether the start of a line shows what kind of block the line begins.
 *
 * @param {string} content
 */
export function isDecided(content) {
  const rest = content.replace(CONTAINERS, "");
  return !UNDECIDED.some((undecided) => undecided.test(rest));
}

/**
 * Parse the opening of an ATX heading, such as `##`.
 *
 * @param {string} content
 */
export function parseHeading(content) {
  const [mark] = /^#{1,6}(?=[ \t]|$)/.exec(content) ?? [""];
  return mark && { level: mark.length, length: mark.length };
}

/**
 * Parse the line that opens a fenced code block.
 *
 * @param {string} content
 */
export function parseFence(content) {
  const [, mark, info] = /^(`{3,}(?!.*`)|~{3,})[ \t]*(.*)$/.exec(content) ?? [];
  return mark ? { mark, language: decodeMarkdown(info).split(/\s/)[0] } : null;
}

/**
 * Return whether a line closes fenced code.
 *
 * @param {string} content
 * @param {string} mark the opening fence
 */
export function closesFence(content, mark) {
  const line = content.trimEnd();
  return line.length >= mark.length && line === mark[0].repeat(line.length);
}

/**
 * Return the level of the setext heading that a line underlines, or 0.
 *
 * @param {string} content
 */
export function underlineLevel(content) {
  if (/^=+\s*$/.test(content)) return 1;
  return /^-+\s*$/.test(content) ? 2 : 0;
}

/**
 * Return whether a line is a thematic break.
 *
 * @param {string} content
 */
export function isRule(content) {
  return /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/.test(content);
}

/**
 * Parse a link reference definition: `[label]: url "title"`.
 *
 * @param {string} content
 */
export function parseDefinition(content) {
  const found =
    /^\[(?!\^)((?:[^[\]\\]|\\.)+)\]:[ \t]*(?:<([^<>]*)>|([^\s<]\S*))(?:[ \t]+(?:".*"|'.*'|\(.*\)))?[ \t]*$/.exec(
      content,
    );
  return found?.[1].trim() ? { label: found[1], href: decodeMarkdown(found[2] ?? found[3]) } : null;
}

/**
 * Parse the opening of a footnote: `[^label]:`.
 *
 * @param {string} content
 */
export function parseFootnote(content) {
  const found = /^\[\^([^[\]\s]+)\]:/.exec(content);
  return found && { label: found[1], length: found[0].length };
}

/**
 * Parse the marker of a list item.
 *
 * @param {string} content
 * @returns {Item | null}
 */
export function parseItem(content) {
  const [found, bullet, number, delimiter] = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(content) ?? [];
  if (found === undefined) return null;
  const isBlank = !content.slice(found.length).trim();
  return {
    mark: bullet ?? delimiter,
    start: Number(number ?? 0),
    length: found.length,
    mayInterrupt: !isBlank && (bullet !== undefined || Number(number) === 1),
  };
}

/**
 * Parse what makes an alert of a quote: `[!NOTE]`.
 *
 * @param {string} content
 */
export function parseAlert(content) {
  const found = /^\[!(note|tip|important|warning|caution)\](?=[ \t]|$)/i.exec(content);
  return found && { label: found[1].toLowerCase(), length: found[0].length };
}

/**
 * Parse a tag of an element that folds its content: `<details>`. Of its attributes, only `open` means something.
 *
 * @param {string} content
 */
export function parseDetails(content) {
  const [tag, slash, attributes] = /^<(\/?)details([ \t][^<>]*)?>/i.exec(content) ?? [];
  return tag
    ? { isEnd: slash !== "", isExpanded: /(?:^|\s)open(?:$|[\s=/])/i.test(attributes ?? ""), length: tag.length }
    : null;
}

/**
 * Parse the summary of such an element, or its beginning.
 *
 * @param {string} content
 */
export function parseSummary(content) {
  const [tag] = /^<summary(?:[ \t][^<>]*)?>/i.exec(content) ?? [];
  return tag ? parseSummaryEnd(content.slice(tag.length)) : null;
}

/**
 * Parse a line of a summary, and what follows its end.
 *
 * @param {string} line
 */
export function parseSummaryEnd(line) {
  const [text, after] = line.split(/<\/summary[ \t]*>(.*)/i);
  return { text: text.trim(), after: after?.trim() ?? "", isEnd: after !== undefined };
}

/**
 * Parse a line that begins or continues a comment, up to where the comment ends.
 *
 * @param {string} line
 */
export function parseCommentEnd(line) {
  const [, after] = line.split(/(?:^<!--|--)-?>(.*)/);
  return after === undefined ? null : { text: after.trim() };
}

/**
 * Parse the checkbox of a task: `[ ]` or `[x]`.
 *
 * @param {string} content
 */
export function parseTask(content) {
  const found = /^\[([ xX])\](?=[ \t])/.exec(content);
  return found && { isDone: found[1] !== " ", length: found[0].length };
}

/**
 * Parse a line that opens a display formula, or is a whole one.
 *
 * @param {string} content
 */
export function parseMath(content) {
  const line = content.trimEnd();
  ENVIRONMENT.lastIndex = 0;
  const [begin, environment] = ENVIRONMENT.exec(line) ?? [];
  const closer = begin ? `\\end{${environment}}` : line.startsWith("$$") ? "$$" : line.startsWith("\\[") ? "\\]" : "";
  const end = closer ? line.indexOf(closer, 2) : -1;
  if (!closer || (end >= 0 && end + closer.length < line.length)) return null;
  if (begin) return { closer, tex: line, isWhole: end >= 0 };
  const tex = line.slice(2, end < 0 ? undefined : end);
  return end < 0 || tex.trim() ? { closer, tex, isWhole: end >= 0 } : null;
}

/**
 * Parse a line that may close a display formula.
 *
 * A full stop or an equation number behind the delimiter belongs to the TeX; other text follows the formula.
 *
 * @param {string} rest
 * @param {string} closer
 * @returns {{tex: string, text: string} | null} null if the line doesn't close it
 */
export function parseMathEnd(rest, closer) {
  const line = rest.trimEnd();
  const at = line.lastIndexOf(closer);
  if (at < 0) return null;
  const tex = line.slice(0, at);
  const after = line.slice(at + closer.length);
  if (closer.startsWith("\\end")) {
    const mark = /^[.,;:]$/.test(after) ? after : "";
    return { tex: tex + mark + closer, text: after.slice(mark.length).trim() };
  }
  if (/^[.,;:]?$/.test(after)) return { tex: tex + after, text: "" };
  if (/^\s*\(\w{1,9}\)$/.test(after)) return { tex: `${tex}\\qquad ${after.trim()}`, text: "" };
  return !tex.trim() && /^\s/.test(after) ? { tex, text: after.trim() } : null;
}

/**
 * Return whether a formula that began at the end of a line ("The area is: $$") is open at the end of a paragraph.
 *
 * @param {import("chat/markdown/tree").Block} paragraph
 */
export function leavesFormulaOpen({ line, isFormulaOpen }) {
  const marks = line.replace(/`[^`]*`|\\./g, "").split("$$").length - 1;
  if (marks % 2 === 0) return isFormulaOpen;
  return !isFormulaOpen && /\$\$\s*$/.test(line);
}

/**
 * Split a row of a table into the text of its cells.
 *
 * @param {string} row
 */
export function splitCells(row) {
  const inner = row.trim().replace(/^\|/, "");
  const found = [""];
  for (const piece of inner.split(/(\\\||\|)/)) {
    if (piece === "|") found.push("");
    else found[found.length - 1] += piece === "\\|" ? "|" : piece;
  }
  if (found.length > 1 && !found[found.length - 1].trim()) found.pop();
  return found.map((cell) => cell.trim());
}

/**
 * Parse the delimiter row of a table into the alignment of each column. Return null for any other line.
 *
 * @param {string} content
 */
export function parseAlignments(content) {
  if (!/[|:]/.test(content) || !/^[-:| \t]+$/.test(content)) return null;
  const columns = splitCells(content);
  if (columns.length > MAX_COLUMNS || !columns.every((column) => /^:?-+:?$/.test(column))) return null;
  return columns.map((column) => {
    if (column.endsWith(":")) return column.startsWith(":") ? "center" : "right";
    return column.startsWith(":") ? "left" : "";
  });
}

/**
 * Return whether a line can be the header row of a table.
 *
 * @param {string} line
 */
export function canHeadTable(line) {
  return line.includes("|") && line.length <= (/^\s*\|/.test(line) ? 1000 : 200);
}
