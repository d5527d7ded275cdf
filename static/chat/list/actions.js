import { conversationUrl } from "chat/lib/address";
import { request } from "chat/lib/http";
import { read, write } from "chat/lib/storage";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** The storage key of a conversation that was deleted while the page showed it, until undo is offered. */
const DELETED_KEY = "deleted";

/** @type {Record<string, Partial<Conversation>>} what each choice in the menu changes */
export const CHANGES = {
  pin: { pinned: true },
  unpin: { pinned: false },
  archive: { archived: true },
  unarchive: { archived: false },
};

/**
 * Change a conversation, and return it as it is then. If that fails, show why in the toast and return nothing.
 *
 * @param {string} id
 * @param {Partial<Conversation>} changes
 * @returns {Promise<Conversation | undefined>}
 */
export async function updateConversation(id, changes) {
  try {
    return (await (await request("PATCH", conversationUrl(id), changes)).json()).conversation;
  } catch (error) {
    toast().show(/** @type {Error} */ (error).message);
  }
}

/**
 * Delete a conversation, and return whether that worked. If it fails, show why in the toast.
 *
 * @param {Conversation} conversation
 * @param {boolean} isOpen whether the page shows it; then the next one that it shows offers undo
 */
export async function deleteConversation({ id, title }, isOpen) {
  // Stored before the request, because the socket may report the deletion, and the page be left, before its response.
  if (isOpen) write(DELETED_KEY, { id, title });
  try {
    await request("DELETE", conversationUrl(id));
    return true;
  } catch (error) {
    write(DELETED_KEY, null);
    toast().show(/** @type {Error} */ (error).message);
    return false;
  }
}

/** How many characters of a title the toast shows. */
const MAX_TITLE = 40;
/** What the toast says after each choice that can be undone. */
const SENTENCES = {
  delete: gettext("“%(title)s” was deleted."),
  archive: gettext("“%(title)s” was archived."),
  unarchive: gettext("“%(title)s” is back in your conversations."),
};
/** @type {Record<keyof typeof SENTENCES, Partial<Conversation>>} */
const UNDONE = { delete: { deleted: false }, archive: { archived: false }, unarchive: { archived: true } };

/**
 * Say in the toast what was done, and offer to undo it.
 *
 * @param {keyof typeof SENTENCES} choice
 * @param {Pick<Conversation, "id" | "title">} conversation
 * @param {(conversation: Conversation) => void} undone
 */
export function offerUndo(choice, { id, title }, undone) {
  const characters = [...title];
  const shown = characters.length > MAX_TITLE ? `${characters.slice(0, MAX_TITLE).join("").trim()}…` : title;
  toast().show(interpolate(SENTENCES[choice], { title: shown }), gettext("Undo"), async () => {
    const conversation = await updateConversation(id, UNDONE[choice]);
    if (conversation) undone(conversation);
  });
}

/**
 * Offer to undo the deletion of the conversation that the page showed, if there was one.
 *
 * @param {(conversation: Conversation) => void} restored
 */
export function offerUndoAfterLeaving(restored) {
  const deleted = read(DELETED_KEY);
  write(DELETED_KEY, null);
  if (deleted) offerUndo("delete", deleted, restored);
}
