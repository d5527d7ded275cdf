/** The small pieces of Markdown that are recognised where they stand: entities, addresses, link targets. */

/** Chinese, Japanese and Korean, and their punctuation: there no spaces stand between words. */
const EAST_ASIAN = String.raw`\u1100-\u11ff\u2e80-\ua4cf\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uffef\u{20000}-\u{3fffd}`;
export const IS_EAST_ASIAN = new RegExp(`[${EAST_ASIAN}]`, "u");

/** What stands before an address. */
export const ADDRESS = new RegExp(
  String.raw`(?:^|[("'“‘${EAST_ASIAN}])(?=https?://[\p{L}\p{N}[]|www\.[\p{L}\p{N}])`,
  "iu",
);
const BARE_LINK = /^[^\s<[\]“”、。〈-】〔-〛！（），：；？［］｛｝｡｢｣､]{1,2000}/;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,31}));/iy;
const LONGEST_TARGET = 2000;
const TARGET =
  /\([ \t\n]*(?:<((?:[^<>\\\n]|\\.)*)>|((?:[^\s()\\<]|\\.)(?:[^\s()\\]|\\.|\((?:[^\s()\\]|\\.|\([^\s()\\]*\))*\))*)?)(?:[ \t\n]+(?:"(?:[^"\\]|\\[\s\S])*"|'(?:[^'\\]|\\[\s\S])*'|\((?:[^()\\]|\\[\s\S])*\)))?[ \t\n]*\)/y;
const HALF_TARGET = /\([ \t\n]*(?:<[^<>\n]*>?|[^\s<][^\s]*)?(?:[ \t\n]+(?:["'(][\s\S]*)?)?$/y;

/** The named characters that people write; the others stay as they are written. */
const NAMES = new Map(
  Object.entries({
    amp: "&",
    lt: "<",
    gt: ">",
    quot: '"',
    apos: "'",
    nbsp: "\u00a0",
    ensp: "\u2002",
    emsp: "\u2003",
    thinsp: "\u2009",
    shy: "\u00ad",
    copy: "©",
    reg: "®",
    trade: "™",
    hellip: "…",
    mdash: "—",
    ndash: "–",
    lsquo: "‘",
    rsquo: "’",
    ldquo: "“",
    rdquo: "”",
    sbquo: "‚",
    bdquo: "„",
    laquo: "«",
    raquo: "»",
    bull: "•",
    middot: "·",
    sect: "§",
    para: "¶",
    dagger: "†",
    deg: "°",
    plusmn: "±",
    times: "×",
    divide: "÷",
    minus: "−",
    frac12: "½",
    frac14: "¼",
    sup1: "¹",
    sup2: "²",
    sup3: "³",
    micro: "µ",
    cent: "¢",
    pound: "£",
    yen: "¥",
    euro: "€",
    larr: "←",
    rarr: "→",
    uarr: "↑",
    darr: "↓",
    harr: "↔",
    le: "≤",
    ge: "≥",
    ne: "≠",
    asymp: "≈",
    infin: "∞",
    check: "✓",
    alpha: "α",
    beta: "β",
    gamma: "γ",
    delta: "δ",
    lambda: "λ",
    mu: "μ",
    pi: "π",
    sigma: "σ",
    omega: "ω",
    Delta: "Δ",
    Omega: "Ω",
  }),
);

/**
 * The character that an entity at this place stands for.
 *
 * @param {string} text
 * @param {number} at
 * @returns {{text: string, length: number} | null}
 */
export function entity(text, at) {
  ENTITY.lastIndex = at;
  const [source, decimal, hexadecimal, name] = ENTITY.exec(text) ?? [];
  if (!source) return null;
  if (name) {
    const named = NAMES.get(name);
    return named === undefined ? null : { text: named, length: source.length };
  }
  const code = decimal ? Number.parseInt(decimal, 10) : Number.parseInt(hexadecimal, 16);
  const isCharacter = code > 0 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return { text: isCharacter ? String.fromCodePoint(code) : "\ufffd", length: source.length };
}

/**
 * A text without backslashes before punctuation, and with its entities' characters.
 *
 * @param {string} text
 */
export function decode(text) {
  return text.replace(
    /\\([!-/:-@[-`{-~])|&#?\w{2,31};/g,
    (source, escaped) => escaped ?? entity(source, 0)?.text ?? source,
  );
}

/**
 * The target of a link, behind its words.
 *
 * @param {string} text
 * @param {number} at where its parenthesis would stand
 * @returns {{href: string, length: number} | "open" | null} open where the text ends before it
 */
export function linkTarget(text, at) {
  if (text[at] !== "(") return null;
  const target = text.slice(at, at + LONGEST_TARGET);
  TARGET.lastIndex = 0;
  const found = TARGET.exec(target);
  if (found) return { href: decode(found[1] ?? found[2] ?? ""), length: found[0].length };
  HALF_TARGET.lastIndex = 0;
  return target.length < LONGEST_TARGET && HALF_TARGET.test(target) ? "open" : null;
}

/**
 * An address that stands in the text as it is, without the punctuation behind it; that of East Asia ends it.
 *
 * @param {string} text begins with it
 */
export function bareLink(text) {
  let [link] = /** @type {RegExpExecArray} */ (BARE_LINK.exec(text));
  for (;;) {
    const trimmed = link.replace(/(?:[?!.,:;*_~'"`”’|]|&\w+;)$/, "");
    const isUnbalanced = trimmed.endsWith(")") && trimmed.split(")").length > trimmed.split("(").length;
    const shorter = isUnbalanced ? trimmed.slice(0, -1) : trimmed;
    if (shorter === link) return link;
    link = shorter;
  }
}
