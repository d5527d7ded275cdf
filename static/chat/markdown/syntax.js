/** The inline syntax of link targets and of bare URLs. */

import { decodeMarkdown } from "chat/markdown/entities";

/** Chinese, Japanese and Korean characters and punctuation: scripts without spaces between words. */
const EAST_ASIAN_RANGES = String.raw`\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\u{20000}-\u{3fffd}`;
export const EAST_ASIAN_CHARACTER = new RegExp(`[${EAST_ASIAN_RANGES}]`, "u");

/** The start of a bare URL, with the character before it. */
export const BARE_URL_START = new RegExp(
  String.raw`(?:^|[("'“‘${EAST_ASIAN_RANGES}])(?=https?://[\p{L}\p{N}[]|www\.[\p{L}\p{N}])`,
  "iu",
);
const BARE_URL = /^[^\s<[\]“”、。〈-】〔-〛！（），：；？［］｛｝｡｢｣､]{1,2000}/;
const MAX_TARGET_LENGTH = 2000;
const TARGET =
  /\([ \t\n]*(?:<((?:[^<>\\\n]|\\.)*)>|((?:[^\s()\\<]|\\.)(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()\\]*\))*\))*)?)(?:[ \t\n]+(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\)))?[ \t\n]*\)/y;
const PARTIAL_TARGET = /\([ \t\n]*(?:<[^<>\n]*>?|[^\s<][^\s]*)?(?:[ \t\n]+(?:["'(][\s\S]*)?)?$/y;

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
 * Return the bare URL that a text starts with, without trailing punctuation. East Asian punctuation ends a URL.
 *
 * @param {string} text
 */
export function matchBareUrl(text) {
  let [link] = /** @type {RegExpExecArray} */ (BARE_URL.exec(text));
  for (;;) {
    const trimmed = link.replace(/(?:[?!.,:;*_~'"`”’|]|&\w+;)$/, "");
    const isUnbalanced = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    const shorter = isUnbalanced ? trimmed.slice(0, -1) : trimmed;
    if (shorter === link) return link;
    link = shorter;
  }
}
