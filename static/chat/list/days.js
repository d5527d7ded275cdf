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

/** @param {Date} moment */
function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
