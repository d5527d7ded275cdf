import { gettext, interpolate, ngettext } from "chat/lib/translations";

/**
 * What the server reports at the end of an import. docs/protocol.md says what the numbers count.
 *
 * @typedef {{imported: number, known: number, failed: number, unreached: number, problems: Problem[]}} Report
 * @typedef {{title: string, reason: string}} Problem
 */

/**
 * Return what an import did, in a few sentences.
 *
 * @param {Report} report
 */
export function summary({ imported, known, failed, unreached }) {
  const sentences = [
    imported &&
      count(
        ngettext("%(count)s conversation was imported.", "%(count)s conversations were imported.", imported),
        imported,
      ),
    imported && known && count(ngettext("%(count)s was already here.", "%(count)s were already here.", known), known),
    !imported &&
      known &&
      count(
        ngettext(
          "Nothing new: %(count)s conversation was already here.",
          "Nothing new: %(count)s conversations were already here.",
          known,
        ),
        known,
      ),
    unreached &&
      count(
        ngettext(
          "%(count)s wasn't imported in time. Import the file again to continue.",
          "%(count)s weren't imported in time. Import the file again to continue.",
          unreached,
        ),
        unreached,
      ),
    failed && count(ngettext("%(count)s couldn't be imported:", "%(count)s couldn't be imported:", failed), failed),
  ].filter(Boolean);
  return sentences.join(" ") || gettext("There are no conversations in this file.");
}

/**
 * @param {string} words
 * @param {number} number
 */
const count = (words, number) => interpolate(words, { count: number });
