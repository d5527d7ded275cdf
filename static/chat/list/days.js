import { gettext } from "chat/lib/translations";

const DAY_MS = 86_400_000;

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
  return moment.toLocaleDateString(language, { month: "long", year: "numeric" });
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

/** @param {Date} moment */
function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
