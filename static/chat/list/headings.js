import { gettext } from "chat/lib/translations";
import { dayLabel, midnight } from "chat/list/days";
import { conversationOf, isPinned } from "chat/list/entry";

/** The headings of a list of conversations: one before the pinned ones, and one before each period. */
export class Headings {
  #today = 0;

  /** Whether the headings were set on another day. */
  get areOfAnotherDay() {
    return this.#today !== midnight(new Date());
  }

  /**
   * Set all headings.
   *
   * @param {HTMLElement[]} entries in their order
   */
  setAll(entries) {
    this.#today = midnight(new Date());
    for (const [at, entry] of entries.entries()) this.set(entry, entries[at - 1]);
  }

  /**
   * Put a heading before an entry if it is the first one of its period, and only then.
   *
   * @param {HTMLElement} entry
   * @param {HTMLElement} [previous] the entry above it
   */
  set(entry, previous) {
    const label = labelFor(entry);
    if (previous && labelFor(previous) === label) return this.remove(entry);
    const heading = headingOf(entry) ?? document.createElement("li");
    heading.className = "day";
    heading.textContent = label;
    if (!heading.isConnected) entry.before(heading);
  }

  /** @param {HTMLElement} entry from which a heading is removed, if it has one */
  remove(entry) {
    headingOf(entry)?.remove();
  }
}

/** @param {HTMLElement} entry */
function headingOf(entry) {
  const above = entry.previousElementSibling;
  return above?.matches(".day") ? above : null;
}

/** @param {HTMLElement} entry */
function labelFor(entry) {
  const conversation = conversationOf(entry);
  if (isPinned(conversation)) return gettext("Pinned");
  return dayLabel(new Date(conversation.updated_at), new Date(), document.documentElement.lang);
}
