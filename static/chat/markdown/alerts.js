import { gettext } from "chat/lib/translations";

/**
 * Return what an alert such as `> [!NOTE]` is called.
 *
 * @param {string} kind
 */
export function nameOfAlert(kind) {
  switch (kind) {
    case "tip":
      return gettext("Tip");
    case "important":
      return gettext("Important");
    case "warning":
      return gettext("Warning");
    case "caution":
      return gettext("Caution");
    default:
      return gettext("Note");
  }
}
