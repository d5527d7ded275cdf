/** Values as people read them, in their language. */

import { gettext, interpolate, ngettext } from "chat/lib/translations";

/** @typedef {import("chat/answer/structured/schema").Described} Described */

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATE_TIME = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d/;
/** How many values of a list stand in one line. */
const MAX_LISTED = 50;

/** The reader's language. */
export const language = () => globalThis.document?.documentElement.lang || "en";

/**
 * Return a number, a text, yes or no as people read it. What is empty is "".
 *
 * @param {unknown} value
 * @param {Described} described
 * @returns {string}
 */
export function inWords(value, described) {
  if (value === null || value === undefined) return "";
  if (typeof value === "boolean") return value ? gettext("Yes") : gettext("No");
  if (typeof value === "number") return numberInWords(value);
  if (typeof value === "string") return textInWords(value, described.format);
  const entries = Array.isArray(value) ? value : Object.values(value);
  return interpolate(ngettext("%(count)s entry", "%(count)s entries", entries.length), {
    count: numberInWords(entries.length),
  });
}

/**
 * Return numbers and texts of a list in one line.
 *
 * @param {unknown[]} values
 * @param {Described} items
 */
export function listInWords(values, items) {
  const listed = values.slice(0, MAX_LISTED).map((value) => inWords(value, items));
  return [...listed, ...(values.length > MAX_LISTED ? ["…"] : [])].join(", ");
}

/** A year has no separator of thousands. @param {number} value */
export function numberInWords(value) {
  return value.toLocaleString(language(), { useGrouping: "min2", maximumFractionDigits: 20 });
}

/**
 * @param {string} text
 * @param {string} format
 */
function textInWords(text, format) {
  if (format === "date") {
    const [, year, month, day] = DATE.exec(text) ?? [];
    // As a moment, it would be another day in other places.
    const date = new Date(Date.UTC(Number(year), Number(month) - 1, Number(day)));
    return date.getTime() && date.getUTCDate() === Number(day)
      ? date.toLocaleDateString(language(), { dateStyle: "medium", timeZone: "UTC" })
      : text;
  }
  if (format === "date-time" && DATE_TIME.test(text)) {
    const moment = new Date(text);
    return Number.isNaN(moment.getTime())
      ? text
      : moment.toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
  }
  return text;
}
