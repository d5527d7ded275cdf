/** The inline syntax of link targets and of bare URLs. */

import { decodeMarkdown } from "chat/markdown/entities";

/** Chinese, Japanese and Korean characters and punctuation: scripts without spaces between words. */
const EAST_ASIAN_RANGES = String.raw`\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\u{20000}-\u{3fffd}`;
export const EAST_ASIAN_CHARACTER = new RegExp(`[${EAST_ASIAN_RANGES}]`, "u");
export const LAST_EAST_ASIAN_CHARACTER = new RegExp(`[${EAST_ASIAN_RANGES}][^${EAST_ASIAN_RANGES}]*$`, "u");

/** The start of a bare URL, with the character before it. */
export const BARE_URL_START = new RegExp(
  String.raw`(?:^|[("'“‘${EAST_ASIAN_RANGES}])(?=https?://(?:[\p{L}\p{N}]|\[[\da-f:.]+\])|www\.[\p{L}\p{N}])`,
  "iu",
);
const BARE_URL = /^[^\s<“”、。〈-】〔-〛！（），：；？［］｛｝｡｢｣､]{1,2000}/;
const MAX_TARGET_LENGTH = 2000;
/** The characters of an address that isn't in angle brackets, with those that a backslash escapes. */
const ADDRESS_CHARACTER = String.raw`[^ \t\n()\\]|\\[!-/:-@[-\x60{-~]|\\(?![!-/:-@[-\x60{-~])`;
const TARGET = new RegExp(
  String.raw`\([ \t\n]*(?:<((?:[^<>\\\n]|\\[^\n])*)>|((?!<)(?:${ADDRESS_CHARACTER}|\((?:${ADDRESS_CHARACTER}|\((?:${ADDRESS_CHARACTER})*\))*\))+)?)(?:[ \t\n]+(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\)))?[ \t\n]*\)`,
  "y",
);
const PARTIAL_TARGET = /\([ \t\n]*(?:<(?:[^<>\\\n]|\\[^\n]?)*>?|(?!<)[^ \t\n]+)?(?:[ \t\n]+(?:["'(][\s\S]*)?)?$/y;
const EMAIL = /(?:mailto:)?[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z](?:[\w-]*[a-z\d])?(?![\w-]|[:/]\S)/iy;
const EMAIL_START = /(?<![\w.+\-@/:=])(?:[a-z\d.+-]+$|[\w.+-]+(?=@)|mailto(?=:))/gi;

/**
 * Parse the target of a link, which follows the closing bracket of its text.
 *
 * @param {string} text
 * @param {number} at the index at which its parenthesis must be
 * @returns {{href: string, length: number} | "open" | null} `open` if the text ends within it
 */
export function parseLinkTarget(text, at) {
  if (text[at] !== "(") return null;
  const target = text.slice(at, at + MAX_TARGET_LENGTH);
  TARGET.lastIndex = 0;
  const found = TARGET.exec(target);
  if (found) return { href: decodeMarkdown(found[1] ?? found[2] ?? ""), length: found[0].length };
  PARTIAL_TARGET.lastIndex = 0;
  return target.length < MAX_TARGET_LENGTH && PARTIAL_TARGET.test(target) ? "open" : null;
}

/**
 * Normalize the label of a link reference for comparison. This folds case: "ẞ" is "ss".
 *
 * @param {string} label
 */
export function normalizeLabel(label) {
  return label.trim().toLowerCase().toUpperCase().replace(/\s+/g, " ");
}

/**
 * Return the bare URL that a text starts with, without trailing punctuation. East Asian punctuation ends a URL, and so
 * does a square bracket without the other one of its pair.
 *
 * @param {string} text
 */
export function matchBareUrl(text) {
  const [all] = /** @type {RegExpExecArray} */ (BARE_URL.exec(text));
  let link = all.slice(0, endOfBalanced(all));
  for (;;) {
    const trimmed = link.replace(/(?:[?!.,:;*_~'"`”’|]|&\w+;)$/, "");
    const isUnbalanced = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    const shorter = isUnbalanced ? trimmed.slice(0, -1) : trimmed;
    if (shorter === link) return link;
    link = shorter;
  }
}

/**
 * Return where the first square bracket stands that has no other one, or that begins a footnote's mark or the text of
 * a link; the length of the text if there is none.
 *
 * @param {string} text
 */
function endOfBalanced(text) {
  const open = [];
  for (const { 0: bracket, index } of text.matchAll(/\[\^?|\]\(?/g)) {
    if (bracket === "[^") return open[0] ?? index;
    if (bracket === "[") open.push(index);
    else if (!open.length) return index;
    else {
      const start = /** @type {number} */ (open.pop());
      if (bracket === "](") return open[0] ?? start;
    }
  }
  return open[0] ?? text.length;
}

/**
 * Find a bare email address that begins in a part of a text.
 *
 * @param {string} text
 * @param {number} from
 * @param {number} length
 * @returns {{index: number, link: string} | null}
 */
export function findBareEmail(text, from, length) {
  // An underscore may be part of an address, but ends a part without markup.
  if (!text.slice(from, from + length).includes("@") && text[from + length] !== "_") return null;
  const start = Math.max(0, from - 1);
  for (const { index } of text.slice(start, from + length).matchAll(EMAIL_START)) {
    EMAIL.lastIndex = start + index;
    const [link] = EMAIL.exec(text) ?? [];
    if (link && start + index >= from) return { index: start + index - from, link };
  }
  return null;
}
