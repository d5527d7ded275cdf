/** What a line of Markdown begins. Each function is given the line's words: without indent, and without containers' marks. */

import { decodeMarkdown } from "chat/markdown/entities";

/** @typedef {{mark: string, start: number, length: number, mayInterrupt: boolean}} Item */

const CONTAINERS = /^(?:(?:>|[-+*](?=[ \t])|\d{1,9}[.)](?=[ \t])|\[\^[^\]\s]+\]:|\[[ xX]\](?=[ \t]))[ \t]*)*/;
const UNDECIDED = [
  /^[-+*_=#>|:~`\s]*$/, // a rule, an underline, a table's second row, or marks before words
  /^\d{1,9}[.)]?$/,
  /^(?:`{3}|~{3}|\$\$|\\\[)/, // whole lines decide
  /^[$\\]$/,
  /^\[(?:[^[\]\\]|\\.?)*(?:\]|\]:.*)?$/, // a definition, or a task's box
];

/**
 * Whether words that may go on show already what they begin.
 *
 * @param {string} words
 */
export function isDecided(words) {
  const rest = words.replace(CONTAINERS, "");
  return !UNDECIDED.some((undecided) => undecided.test(rest));
}

/** @param {string} words */
export function parseHeading(words) {
  const [mark] = /^#{1,6}(?=[ \t]|$)/.exec(words) ?? [""];
  return mark && { level: mark.length, length: mark.length };
}

/** @param {string} words */
export function parseFence(words) {
  const [, mark, info] = /^(`{3,}(?!.*`)|~{3,})[ \t]*(.*)$/.exec(words) ?? [];
  return mark ? { mark, language: decodeMarkdown(info).split(/\s/)[0] } : null;
}

/**
 * Whether a line ends code that was fenced like this.
 *
 * @param {string} words
 * @param {string} mark
 */
export function closesFence(words, mark) {
  const line = words.trimEnd();
  return line.length >= mark.length && line === mark[0].repeat(line.length);
}

/** The level of the heading that a line underlines; 0 for none. @param {string} words */
export function underlineLevel(words) {
  if (/^=+\s*$/.test(words)) return 1;
  return /^-+\s*$/.test(words) ? 2 : 0;
}

/** @param {string} words */
export function isRule(words) {
  return /^(?:(?:\*[ \t]*){3,}|(?:_[ \t]*){3,}|(?:-[ \t]*){3,})$/.test(words);
}

/** @param {string} words */
export function parseDefinition(words) {
  const found =
    /^\[(?!\^)((?:[^[\]\\]|\\.)+)\]:[ \t]*(?:<([^<>]*)>|([^\s<]\S*))(?:[ \t]+(?:".*"|'.*'|\(.*\)))?[ \t]*$/.exec(words);
  return found?.[1].trim() ? { label: found[1], href: decodeMarkdown(found[2] ?? found[3]) } : null;
}

/** @param {string} words */
export function parseFootnote(words) {
  const found = /^\[\^([^\]\s]+)\]:/.exec(words);
  return found && { label: found[1], length: found[0].length };
}

/**
 * @param {string} words
 * @returns {Item | null}
 */
export function parseItem(words) {
  const [found, bullet, number, delimiter] = /^(?:([-+*])|(\d{1,9})([.)]))(?=[ \t]|$)/.exec(words) ?? [];
  if (found === undefined) return null;
  const isBlank = !words.slice(found.length).trim();
  return {
    mark: bullet ?? delimiter,
    start: Number(number ?? 0),
    length: found.length,
    mayInterrupt: !isBlank && (bullet !== undefined || Number(number) === 1),
  };
}

/** @param {string} words */
export function parseTask(words) {
  const found = /^\[([ xX])\](?=[ \t])/.exec(words);
  return found && { isDone: found[1] !== " ", length: found[0].length };
}

/** @param {string} words */
export function parseMath(words) {
  const line = words.trimEnd();
  const closer = line.startsWith("$$") ? "$$" : line.startsWith("\\[") ? "\\]" : "";
  const end = closer ? line.indexOf(closer, 2) : -1;
  if (!closer || (end >= 0 && end + 2 < line.length)) return null;
  const tex = line.slice(2, end < 0 ? undefined : end);
  return end < 0 || tex.trim() ? { closer, tex, isWhole: end >= 0 } : null;
}

/**
 * Where a line ends mathematics: what of it is TeX, with the full stop or the number behind it, and words that follow.
 *
 * @param {string} rest
 * @param {string} closer
 * @returns {{tex: string, words: string} | null}
 */
export function parseMathEnd(rest, closer) {
  const line = rest.trimEnd();
  const at = line.lastIndexOf(closer);
  if (at < 0) return null;
  const tex = line.slice(0, at);
  const after = line.slice(at + closer.length);
  if (/^[.,;:]?$/.test(after)) return { tex: tex + after, words: "" };
  if (/^\s*\(\w{1,9}\)$/.test(after)) return { tex: `${tex}\\qquad ${after.trim()}`, words: "" };
  return !tex.trim() && /^\s/.test(after) ? { tex, words: after.trim() } : null;
}

/**
 * Whether a paragraph's last line ends amid mathematics that began at the end of a line: "The area is: $$".
 *
 * @param {import("chat/markdown/tree").Block} paragraph
 */
export function leavesFormulaOpen({ line, isFormulaOpen }) {
  const marks = line.replace(/`[^`]*`|\\./g, "").split("$$").length - 1;
  if (marks % 2 === 0) return isFormulaOpen;
  return !isFormulaOpen && /\$\$\s*$/.test(line);
}

/** The cells of a table's row. @param {string} row */
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

/** How a table's columns are aligned, where a line is the one that says so. @param {string} words */
export function parseAlignments(words) {
  if (!words.includes("|") || !/^[-:|\s]+$/.test(words)) return null;
  const columns = splitCells(words);
  if (!columns.every((column) => /^:?-+:?$/.test(column))) return null;
  return columns.map((column) => {
    if (column.endsWith(":")) return column.startsWith(":") ? "center" : "right";
    return column.startsWith(":") ? "left" : "";
  });
}

/** Whether a line may be a table's first. @param {string} line */
export function canHeadTable(line) {
  return line.includes("|") && line.length <= (/^\s*\|/.test(line) ? 1000 : 200);
}
