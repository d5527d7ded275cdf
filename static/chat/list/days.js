import { gettext } from "chat/lib/translations";

/**
 * The heading in the side list for a moment, in the reader's own time zone.
 *
 * @param {Date} moment
 * @param {Date} now
 * @param {string} [language]
 */
export function dayLabel(moment, now, language = "en") {
  const days = Math.round((midnight(now) - midnight(moment)) / 86_400_000);
  if (days <= 0) return gettext("Today");
  if (days === 1) return gettext("Yesterday");
  if (days <= 7) return gettext("Previous 7 days");
  return moment.toLocaleDateString(language, { month: "long", year: "numeric" });
}

/** @param {Date} moment */
function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
