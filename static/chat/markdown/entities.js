/** The character references (entities) of HTML, which Markdown shares. */

const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|(\w{2,31}));/iy;

/** The named characters that people write. Others stay as they are written. */
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
 * Return the character of the entity at an index, and the length of the entity; null if there is none.
 *
 * @param {string} text
 * @param {number} at
 * @returns {{text: string, length: number} | null}
 */
export function entityAt(text, at) {
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
 * Resolve the backslash escapes and entities of Markdown.
 *
 * @param {string} text
 */
export function decodeMarkdown(text) {
  return text.replace(
    /\\([!-/:-@[-`{-~])|&#?\w{1,31};/g,
    (source, escaped) => escaped ?? entityAt(source, 0)?.text ?? source,
  );
}

/**
 * Resolve the entities of HTML.
 *
 * @param {string} text
 */
export function decodeHtml(text) {
  return text.replace(/&#?\w{1,31};/g, (source) => entityAt(source, 0)?.text ?? source);
}
