/** The delimiters of formulas, in a text in which dollars may also be money. */

import { ENVIRONMENT } from "chat/markdown/block-syntax";

const MAX_LENGTH = 1000;
const PAIRS = /** @type {const} */ ([
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
]);
/** What padded dollars must have inside to be a formula: a sign of TeX, or nothing but single letters, numbers and signs. */
const FORMULA = /[\\^_=]|^\s*(?![\d\s])(?=.*\p{L})(?:\p{L}(?!\p{L})|[\d\s+\-*/<>()[\]|,.!'])+$/u;
const PARTIAL_ENVIRONMENT = /\\b(?:e(?:g(?:i(?:n(?:\{[a-z]*\*?)?)?)?)?)?$/iy;

/**
 * Parse the formula at an index of an inline text.
 *
 * @param {string} text
 * @param {number} at
 * @param {boolean} isOpen whether more text may arrive
 * @returns {{tex: string, isDisplay: boolean, length: number} | "open" | null} `open` if more text must decide
 */
export function parseInlineMath(text, at, isOpen) {
  ENVIRONMENT.lastIndex = at;
  const [begin, environment] = ENVIRONMENT.exec(text) ?? [];
  if (begin) return parseEnvironment(text.slice(at, at + MAX_LENGTH), `\\end{${environment}}`);
  const pair = PAIRS.find(([opener]) => text.startsWith(opener, at));
  if (!pair) return null;
  const [opener, closer, isDisplay] = pair;
  const rest = text.slice(at + opener.length, at + opener.length + MAX_LENGTH);
  if (opener === "$") return parseDollars(text[at - 1] ?? " ", rest, isOpen);
  const end = rest.indexOf(closer);
  if (end < 0) return rest.length < MAX_LENGTH && !/\n\s*\n/.test(rest) ? "open" : null;
  const tex = rest.slice(0, end).trim();
  return tex ? { tex, isDisplay, length: end + 2 * opener.length } : null;
}

/**
 * Return whether an open text ends within what may begin an environment.
 *
 * @param {string} text
 * @param {number} at
 */
export function mayBeginEnvironment(text, at) {
  PARTIAL_ENVIRONMENT.lastIndex = at;
  return PARTIAL_ENVIRONMENT.test(text);
}

/**
 * @param {string} rest
 * @param {string} closer
 */
function parseEnvironment(rest, closer) {
  const end = rest.indexOf(closer);
  if (end < 0) return rest.length < MAX_LENGTH ? "open" : null;
  const length = end + closer.length;
  return { tex: rest.slice(0, length), isDisplay: true, length };
}

/**
 * Parse a formula between single dollars.
 *
 * "$5 and $10" is money: a formula has no spaces next to its delimiters, no digit behind it, and isn't a sentence. It
 * doesn't begin like "$/kg" or "($)".
 * Some models write all formulas with spaces. Those are formulas if they look like one: "$ x $", "$ a_1 = 2 $".
 *
 * @param {string} before
 * @param {string} rest
 * @param {boolean} isOpen
 */
function parseDollars(before, rest, isOpen) {
  if (!rest) return "open";
  if (/[\w$\\]/.test(before) || /^[\n$/),;:!?]/.test(rest)) return null;
  const isPadded = /^\s/.test(rest);
  const [found] = /^(?:[^$\\]|\\[\s\S])*\$/.exec(rest) ?? [];
  const tex = found ? found.slice(0, -1) : rest;
  if (isText(tex.trimStart()) || (isPadded && tex.includes("\n"))) return null;
  // The next character may be a digit, which would make it money.
  if (!found || (isOpen && found.length === rest.length)) return rest.length < MAX_LENGTH ? "open" : null;
  if (isPadded !== /\s$/.test(tex) || (isPadded && !FORMULA.test(tex))) return null;
  return endsFormula(tex, rest[found.length] ?? "")
    ? { tex: tex.trim(), isDisplay: false, length: found.length + 1 }
    : null;
}

/**
 * Return whether a dollar ends a formula. It begins something else in "$5-$10", "$AAPL/$MSFT" and "${A}-${B}".
 *
 * @param {string} tex
 * @param {string} after
 */
function endsFormula(tex, after) {
  if (/[\d{]/.test(after) || tex.endsWith("/")) return false;
  return !/[\p{L}_]/u.test(after) || /[\p{L}\p{N})\]}'!|\s]$/u.test(tex);
}

/** @param {string} tex the part that has arrived */
function isText(tex) {
  if (/(?:^|[^\\])`/.test(tex)) return true;
  // A command between names joins them into a formula, as in $AB \perp CD$.
  const plain = tex.replace(/\\[a-z]+\*?\s*(?:\{[^{}]*\}?)?/gi, " = ");
  const isPrice =
    /^[\d.,]/.test(plain) && /\s\p{L}{2,}[.,;:!?)]*\s+["'“(]?[\p{L}\d]|^[\d.,]+\s*;|[、。！，：；？]/u.test(plain);
  return isPrice || /(?:^|\s)\p{L}{2,}[,;:]?\s+\p{L}{2,}/u.test(plain) || /\n\s*\n/.test(plain);
}
