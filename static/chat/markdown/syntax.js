/** The small pieces of Markdown that are recognised where they stand: addresses and link targets. */

import { decodeMarkdown } from "chat/markdown/entities";

/** Chinese, Japanese and Korean, and their punctuation: there no spaces stand between words. */
const EAST_ASIAN_RANGES = String.raw`\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\u{20000}-\u{3fffd}`;
export const EAST_ASIAN_CHARACTER = new RegExp(`[${EAST_ASIAN_RANGES}]`, "u");

/** What stands before an address. */
export const BARE_URL_START = new RegExp(
  String.raw`(?:^|[("'“‘${EAST_ASIAN_RANGES}])(?=https?://[\p{L}\p{N}[]|www\.[\p{L}\p{N}])`,
  "iu",
);
const BARE_LINK = /^[^\s<[\]“”、。〈-】〔-〛！（），：；？［］｛｝｡｢｣､]{1,2000}/;
const LONGEST_TARGET = 2000;
const TARGET =
  /\([ \t\n]*(?:<((?:[^<>\\\n]|\\.)*)>|((?:[^\s()\\<]|\\.)(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()\\]*\))*\))*)?)(?:[ \t\n]+(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\)))?[ \t\n]*\)/y;
const HALF_TARGET = /\([ \t\n]*(?:<[^<>\n]*>?|[^\s<][^\s]*)?(?:[ \t\n]+(?:["'(][\s\S]*)?)?$/y;

/**
 * The target of a link, behind its words.
 *
 * @param {string} text
 * @param {number} at where its parenthesis would stand
 * @returns {{href: string, length: number} | "open" | null} open where the text ends before it
 */
export function parseLinkTarget(text, at) {
  if (text[at] !== "(") return null;
  const target = text.slice(at, at + LONGEST_TARGET);
  TARGET.lastIndex = 0;
  const found = TARGET.exec(target);
  if (found) return { href: decodeMarkdown(found[1] ?? found[2] ?? ""), length: found[0].length };
  HALF_TARGET.lastIndex = 0;
  return target.length < LONGEST_TARGET && HALF_TARGET.test(target) ? "open" : null;
}

/**
 * An address that stands in the text as it is, without the punctuation behind it; that of East Asia ends it.
 *
 * @param {string} text begins with it
 */
export function matchBareUrl(text) {
  let [link] = /** @type {RegExpExecArray} */ (BARE_LINK.exec(text));
  for (;;) {
    const trimmed = link.replace(/(?:[?!.,:;*_~'"`”’|]|&\w+;)$/, "");
    const isUnbalanced = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    const shorter = isUnbalanced ? trimmed.slice(0, -1) : trimmed;
    if (shorter === link) return link;
    link = shorter;
  }
}
