import { conversationUrl } from "chat/lib/address";
import { request } from "chat/lib/http";
import { read, write } from "chat/lib/storage";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** The storage key of a conversation that was deleted while it was open, until the next page offers to undo that. */
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
 * @param {boolean} isOpen whether the page shows it; the caller then leaves the page, and the next one offers undo
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

/**
 * Offer in the toast to undo a deletion.
 *
 * @param {Pick<Conversation, "id" | "title">} deleted
 * @param {(conversation: Conversation) => void} restored
 */
export function offerUndo({ id, title }, restored) {
  toast().show(interpolate(gettext("“%(title)s” was deleted."), { title }), gettext("Undo"), async () => {
    const conversation = await updateConversation(id, { deleted: false });
    if (conversation) restored(conversation);
  });
}

/** Offer to undo a deletion because of which a page was left. Undoing it opens the conversation again. */
export function offerUndoAfterLeaving() {
  const deleted = read(DELETED_KEY);
  write(DELETED_KEY, null);
  if (deleted) offerUndo(deleted, ({ id }) => location.assign(conversationUrl(id)));
}
