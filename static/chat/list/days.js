import { gettext } from "chat/lib/translations";

const DAY_MS = 86_400_000;
/** @type {Map<string, Intl.DateTimeFormat>} by language: it takes long to make one, and a list has many moments */
const MONTHS = new Map();

/**
 * Return the heading under which the list shows a moment, in the reader's time zone.
 *
 * @param {Date} moment
 * @param {Date} now
 * @param {string} [language]
 */
export function dayLabel(moment, now, language = "en") {
  const days = Math.round((midnight(now) - midnight(moment)) / DAY_MS);
  if (days <= 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  if (days <= 7) return gettext("Previous 7 days");
  return monthsIn(language).format(moment);
}

/**
 * Return when something was, in the reader's time zone: today the time, otherwise the date, with the year if it is another
 * one.
 *
 * @param {Date} moment
 * @param {Date} now
 * @param {string} [language]
 */
export function shortDate(moment, now, language = "en") {
  if (midnight(moment) === midnight(now))
    return moment.toLocaleTimeString(language, { hour: "numeric", minute: "2-digit" });
  const year = moment.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return moment.toLocaleDateString(language, { day: "numeric", month: "short", year });
}

/** @param {string} language */
function monthsIn(language) {
  const known = MONTHS.get(language) ?? new Intl.DateTimeFormat(language, { month: "long", year: "numeric" });
  MONTHS.set(language, known);
  return known;
}

/**
 * Return when the day of a moment began, in the reader's time zone, in milliseconds.
 *
 * @param {Date} moment
 */
export function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
