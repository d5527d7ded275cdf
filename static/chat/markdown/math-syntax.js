/** Where mathematics begins and ends in a text that may be about money. */

const LONGEST = 1000;
const PAIRS = /** @type {const} */ ([
  ["$$", "$$", true],
  ["\\[", "\\]", true],
  ["\\(", "\\)", false],
  ["$", "$", false],
]);

/**
 * @param {string} text
 * @param {number} at
 * @param {boolean} isOpen whether more text may come
 * @returns {{tex: string, isDisplay: boolean, length: number} | "open" | null} open where the text ends before it is
 *   known
 */
export function parseInlineMath(text, at, isOpen) {
  const pair = PAIRS.find(([opener]) => text.startsWith(opener, at));
  if (!pair) return null;
  const [opener, closer, isDisplay] = pair;
  const rest = text.slice(at + opener.length, at + opener.length + LONGEST);
  if (opener === "$") return dollars(text[at - 1] ?? " ", rest, isOpen);
  const end = rest.indexOf(closer);
  if (end < 0) return rest.length < LONGEST && !/\n\s*\n/.test(rest) ? "open" : null;
  const tex = rest.slice(0, end).trim();
  return tex ? { tex, isDisplay, length: end + 2 * opener.length } : null;
}

/**
 * Between single dollars: tight at both ends, not in front of a digit, and no sentence. "$5 and $10" is none.
 *
 * @param {string} before
 * @param {string} rest
 * @param {boolean} isOpen
 */
function dollars(before, rest, isOpen) {
  if (!rest) return "open";
  if (/[\w$\\]/.test(before) || /^[\s$]/.test(rest)) return null;
  const [found] = /^(?:[^$\\]|\\[\s\S])*\$/.exec(rest) ?? [];
  const tex = found ? found.slice(0, -1) : rest;
  if (isSentence(tex)) return null;
  // A digit that makes it money may come yet.
  if (!found || (isOpen && found.length === rest.length)) return rest.length < LONGEST ? "open" : null;
  if (/\s$/.test(tex) || /\d/.test(rest[found.length] ?? "")) return null;
  return { tex, isDisplay: false, length: found.length + 1 };
}

/** @param {string} tex as far as it has come */
function isSentence(tex) {
  // A command joins names, as in $AB \perp CD$.
  const plain = tex.replace(/\\[a-z]+\*?\s*(?:\{[^{}]*\}?)?/gi, " = ");
  const isPrice = /^[\d.,]/.test(plain) && /\s\p{L}{2,}[.,;:!?)]*\s+["'“(]?[\p{L}\d]|[、。！，：；？]/u.test(plain);
  return isPrice || /(?:^|\s)\p{L}{2,}[,;:]?\s+\p{L}{2,}/u.test(plain) || /\n\s*\n/.test(plain);
}
