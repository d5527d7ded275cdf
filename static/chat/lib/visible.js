/** Characters that nobody sees, or that turn others around: in a name, or in what a person allows, they deceive. */

const HIDDEN = /[\p{Default_Ignorable_Code_Point}\p{Cc}\u2028\u2029\u2800\ufff9-\ufffb]/gu;
/** Those that words and emoji are written with, each with what must come before it. */
const MEANT = [
  [/[\t\n\r]/, /$/],
  [/\u200c|\u200d/, /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{M}\p{sc=Arabic}\p{sc=Syriac}\p{sc=Mongolian}]$/u],
  [/\ufe0e|\ufe0f/, /\p{Emoji}$/u],
  [/[\ufe00-\ufe02\u{e0100}-\u{e01ef}]/u, /\p{sc=Han}$/u],
];
/** Of what comes before. */
const UNITS = 2;

/**
 * Return a text with the names of such characters in their places, such as "[U+202E]".
 *
 * @param {string} text
 */
export const visible = (text) =>
  text.replace(HIDDEN, (character, /** @type {number} */ at) => {
    const before = text.slice(Math.max(0, at - UNITS), at);
    if (MEANT.some(([meant, after]) => meant.test(character) && after.test(before))) return character;
    return `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}]`;
  });
