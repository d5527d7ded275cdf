import { conversationUrl } from "chat/lib/address";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/**
 * A new entry of the side list.
 *
 * @param {Conversation} conversation
 */
export function createEntry(conversation) {
  const entry = fromTemplate("#conversation-template", HTMLLIElement);
  updateEntry(entry, conversation);
  return entry;
}

/**
 * Shows a conversation in its entry.
 *
 * @param {HTMLElement} entry
 * @param {Conversation} conversation
 */
export function updateEntry(entry, { id, title, updated_at, pinned, archived }) {
  entry.dataset.id = id;
  entry.dataset.updatedAt = updated_at;
  entry.toggleAttribute("data-pinned", pinned);
  entry.toggleAttribute("data-archived", archived);
  const link = linkOf(entry);
  link.setAttribute("href", conversationUrl(id));
  setEntryTitle(entry, title);
}

/**
 * @param {HTMLElement} entry
 * @param {string} title
 */
export function setEntryTitle(entry, title) {
  const link = linkOf(entry);
  link.textContent = title;
  link.title = title;
  find(entry, ".options", HTMLButtonElement).ariaLabel = interpolate(gettext("Options for %(title)s"), { title });
}

/**
 * The conversation of an entry.
 *
 * @param {HTMLElement} entry
 * @returns {Conversation}
 */
export function conversationOf(entry) {
  const { id = "", updatedAt = "" } = entry.dataset;
  return {
    id,
    title: linkOf(entry).title,
    updated_at: updatedAt,
    pinned: entry.hasAttribute("data-pinned"),
    archived: entry.hasAttribute("data-archived"),
    deleted: false,
  };
}

/** @param {HTMLElement} entry */
export const linkOf = (entry) => find(entry, "a", HTMLAnchorElement);

/**
 * Whether it stands with the pinned ones; among the archived ones none does.
 *
 * @param {Conversation} conversation
 */
export const isPinned = ({ pinned, archived }) => pinned && !archived;

/**
 * Whether one conversation stands above another one in the list.
 *
 * @param {Conversation} one
 * @param {Conversation} other
 */
export function sortsBefore(one, other) {
  if (isPinned(one) !== isPinned(other)) return isPinned(one);
  return Date.parse(one.updated_at) > Date.parse(other.updated_at);
}
