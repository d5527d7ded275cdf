import { conversationUrl } from "chat/lib/address";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** What an entry says about its conversation, in a data attribute each. */
const MARKS = /** @type {const} */ (["pinned", "archived", "running", "unseen", "waiting"]);

/**
 * Return a new entry for the list.
 *
 * @param {Conversation} conversation
 */
export function createEntry(conversation) {
  const entry = fromTemplate("#conversation-template", HTMLLIElement);
  updateEntry(entry, conversation);
  return entry;
}

/**
 * Update an entry to show a conversation. The header has one, too, for the conversation that the page shows.
 *
 * @param {HTMLElement} entry
 * @param {Conversation} conversation
 */
export function updateEntry(entry, { id, title, updated_at, ...marks }) {
  entry.dataset.id = id;
  entry.dataset.updatedAt = updated_at;
  for (const mark of MARKS) entry.toggleAttribute(`data-${mark}`, marks[mark]);
  const label = labelOf(entry);
  if (label instanceof HTMLAnchorElement) label.setAttribute("href", conversationUrl(id));
  setEntryTitle(entry, title);
}

/**
 * Set the title that an entry shows.
 *
 * @param {HTMLElement} entry
 * @param {string} title
 */
export function setEntryTitle(entry, title) {
  const label = labelOf(entry);
  label.textContent = title;
  label.title = title;
  const options = entry.querySelector("li > .options");
  if (options) options.ariaLabel = interpolate(gettext("Options for %(title)s"), { title });
}

/**
 * Return the conversation that an entry shows.
 *
 * @param {HTMLElement} entry
 * @returns {Conversation}
 */
export function conversationOf(entry) {
  const { id = "", updatedAt = "" } = entry.dataset;
  return {
    id,
    title: labelOf(entry).title,
    updated_at: updatedAt,
    pinned: entry.hasAttribute("data-pinned"),
    archived: entry.hasAttribute("data-archived"),
    running: entry.hasAttribute("data-running"),
    unseen: entry.hasAttribute("data-unseen"),
    waiting: entry.hasAttribute("data-waiting"),
    deleted: false,
  };
}

/**
 * Return what shows the title of an entry: a link in the list, a button in the header.
 *
 * @param {HTMLElement} entry
 */
export const labelOf = (entry) => find(entry, ".label", HTMLElement);

/**
 * Return whether the list shows a conversation as pinned. The archive doesn't group by that.
 *
 * @param {Conversation} conversation
 */
export const isPinned = ({ pinned, archived }) => pinned && !archived;

/**
 * Return whether one conversation stands above another in the list.
 *
 * @param {Conversation} one
 * @param {Conversation} other
 */
export function sortsBefore(one, other) {
  if (isPinned(one) !== isPinned(other)) return isPinned(one);
  return Date.parse(one.updated_at) > Date.parse(other.updated_at);
}
