/**
 * What the page says, in the reader's language. The names are gettext's, by which `make messages` finds what to
 * translate; the translations stand in the page (the template tag `words`).
 */

/** @type {Record<string, string | string[]>} */
const catalog = JSON.parse(globalThis.document?.querySelector("#words")?.textContent || "{}");

/**
 * The text in the reader's language.
 *
 * @param {string} text in English
 */
export const gettext = (text) => /** @type {string} */ (catalog[text] ?? text);

/**
 * The text for one or for many.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export function ngettext(one, many, count) {
  // The rule of English and of German.
  return (catalog[one] ?? [one, many])[count === 1 ? 0 : 1];
}

/**
 * Puts values in the place of `%(name)s`.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export const interpolate = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (whole, /** @type {string} */ name) => String(values[name] ?? whole));
