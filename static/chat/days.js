/**
 * The heading in the side list for a moment, in the reader's own time zone.
 *
 * @param {Date} moment
 * @param {Date} now
 */
export function dayLabel(moment, now) {
  const days = Math.round((midnight(now) - midnight(moment)) / 86_400_000);
  if (days <= 0) return "Today";
  if (days === 1) return "Yesterday";
  if (days <= 7) return "Previous 7 days";
  return moment.toLocaleDateString("en", { month: "long", year: "numeric" });
}

/** @param {Date} moment */
function midnight(moment) {
  return new Date(moment.getFullYear(), moment.getMonth(), moment.getDate()).getTime();
}
