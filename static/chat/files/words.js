import { gettext, interpolate, ngettext } from "chat/lib/translations";

/**
 * What the page knows of a file.
 *
 * @typedef {object} FileFacts
 * @property {string} [name]
 * @property {string} [kind]
 * @property {number | null} [size] in bytes
 * @property {number | null} [pages] slides of a presentation, sheets of a spreadsheet
 * @property {number | null} [rows]
 * @property {number | null} [tokens]
 */

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];
/** How many characters at the end of a name are always shown. */
const ENDING_CHARACTERS = 9;

/** @returns {string | undefined} the page's language */
const language = () => globalThis.document?.documentElement.lang || undefined;

/**
 * Return a size as people read it, in the page's language.
 *
 * @param {number} bytes
 */
export function readableSize(bytes) {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const options = { style: "unit", unit: UNITS[power], unitDisplay: power ? "short" : "long" };
  return (bytes / 1000 ** power).toLocaleString(
    language(),
    /** @type {any} */ ({ ...options, maximumSignificantDigits: 3 }),
  );
}

/**
 * Return how long and how large a file is, in words: "12 pages · 1.2 MB".
 *
 * @param {FileFacts} file
 */
export const detailsOf = (file) => [lengthOf(file), file.size && readableSize(file.size)].filter(Boolean).join(" · ");

/** @param {FileFacts} file */
function lengthOf({ kind, pages, rows }) {
  const count = pages || rows;
  if (!count) return "";
  const words = !pages
    ? ngettext("%(count)s row", "%(count)s rows", count)
    : kind === "presentation"
      ? ngettext("%(count)s slide", "%(count)s slides", count)
      : kind === "spreadsheet"
        ? ngettext("%(count)s sheet", "%(count)s sheets", count)
        : ngettext("%(count)s page", "%(count)s pages", count);
  return interpolate(words, { count: count.toLocaleString(language()) });
}

/**
 * Split a name into what may be truncated and what is always shown.
 *
 * @param {string} name
 * @returns {[string, string]}
 */
export function splitName(name) {
  const characters = [...name];
  return [characters.slice(0, -ENDING_CHARACTERS).join(""), characters.slice(-ENDING_CHARACTERS).join("")];
}

/**
 * Say about how many tokens the files of a message are; empty if that isn't known.
 *
 * @param {readonly FileFacts[]} files
 * @param {number | null} [window] the tokens that the model reads at once, if that is known
 */
export function tokensInWords(files, window = null) {
  const tokens = files.reduce((sum, file) => sum + (file.tokens ?? 0), 0);
  if (!tokens) return "";
  // A few digits: it is an estimate.
  const count = tokens.toLocaleString(language(), { maximumSignificantDigits: tokens < 1000 ? 1 : 3 });
  if (!window || tokens < window) return interpolate(gettext("About %(count)s tokens"), { count });
  const values = { count, most: window.toLocaleString(language()) };
  return interpolate(gettext("About %(count)s tokens. The model reads at most %(most)s at once."), values);
}
