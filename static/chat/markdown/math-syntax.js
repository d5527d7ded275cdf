/** The delimiters of formulas, in a text in which dollars may also be money. */

const MAX_LENGTH = 1000;
const PAIRS = /** @type {const} */ ([
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
]);

/**
 * Parse the formula at an index of an inline text.
 *
 * @param {string} text
 * @param {number} at
 * @param {boolean} isOpen whether more text may arrive
 * @returns {{tex: string, isDisplay: boolean, length: number} | "open" | null} `open` if more text must decide
 */
export function parseInlineMath(text, at, isOpen) {
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
 * Parse a formula between single dollars.
 *
 * "$5 and $10" is money: a formula has no spaces next to its delimiters, no digit behind it, and isn't a sentence.
 *
 * @param {string} before
 * @param {string} rest
 * @param {boolean} isOpen
 */
function parseDollars(before, rest, isOpen) {
  if (!rest) return "open";
  if (/[\w$\\]/.test(before) || /^[\s$]/.test(rest)) return null;
  const [found] = /^(?:[^$\\]|\\[\s\S])*\$/.exec(rest) ?? [];
  const tex = found ? found.slice(0, -1) : rest;
  if (isSentence(tex)) return null;
  // The next character may be a digit, which would make it money.
  if (!found || (isOpen && found.length === rest.length)) return rest.length < MAX_LENGTH ? "open" : null;
  if (/\s$/.test(tex) || /\d/.test(rest[found.length] ?? "")) return null;
  return { tex, isDisplay: false, length: found.length + 1 };
}

/** @param {string} tex the part that has arrived */
function isSentence(tex) {
  // A command between names joins them into a formula, as in $AB \perp CD$.
  const plain = tex.replace(/\\[a-z]+\*?\s*(?:\{[^{}]*\}?)?/gi, " = ");
  const isPrice = /^[\d.,]/.test(plain) && /\s\p{L}{2,}[.,;:!?)]*\s+["'“(]?[\p{L}\d]|[、。！，：；？]/u.test(plain);
  return isPrice || /(?:^|\s)\p{L}{2,}[,;:]?\s+\p{L}{2,}/u.test(plain) || /\n\s*\n/.test(plain);
}
