/**
 * The texts of the page, in the reader's language.
 *
 * `make messages` finds the texts by gettext's function names. The template tag `words` puts the translations on the
 * page.
 */

/** @type {Record<string, string | string[]>} */
const catalog = JSON.parse(globalThis.document?.querySelector("#words")?.textContent || "{}");

/**
 * Return a text in the reader's language.
 *
 * @param {string} text in English
 */
export const gettext = (text) => /** @type {string} */ (catalog[text] ?? text);

/**
 * Return the singular or plural form of a text, in the reader's language.
 *
 * @param {string} one
 * @param {string} many
 * @param {number} count
 */
export function ngettext(one, many, count) {
  // The plural rule of English and German.
  return (catalog[one] ?? [one, many])[count === 1 ? 0 : 1];
}

/**
 * Replace `%(name)s` with values.
 *
 * @param {string} text
 * @param {Record<string, string | number>} values
 */
export const interpolate = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (whole, /** @type {string} */ name) => String(values[name] ?? whole));
