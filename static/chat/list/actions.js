import { conversationUrl } from "chat/lib/address";
import { request } from "chat/lib/http";
import { read, write } from "chat/lib/storage";
import { toast } from "chat/lib/toast";
import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** Where a deletion waits that was made by leaving the page. */
const LEFT = "deleted";

/** @type {Record<string, Partial<Conversation>>} */
export const CHANGES = {
  pin: { pinned: true },
  unpin: { pinned: false },
  archive: { archived: true },
  unarchive: { archived: false },
};

/**
 * Changes a conversation. Resolves to how it is then, or to nothing where that failed and a sentence says so.
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
 * Deletes a conversation. Resolves to whether that worked.
 *
 * @param {Conversation} conversation
 * @param {boolean} isOpen whether the page leaves it, so that the next page is the one to offer it back
 */
export async function deleteConversation({ id, title }, isOpen) {
  // Before it is deleted, because the page may hear of that, and go, before the request has ended.
  if (isOpen) write(LEFT, { id, title });
  try {
    await request("DELETE", conversationUrl(id));
    return true;
  } catch (error) {
    write(LEFT, null);
    toast().show(/** @type {Error} */ (error).message);
    return false;
  }
}

/**
 * Offers for a while to take a deletion back.
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

/** Offers to take back what was deleted by leaving its page; taken back, it is opened again. */
export function offerUndoAfterLeaving() {
  const left = read(LEFT);
  write(LEFT, null);
  if (left) offerUndo(left, ({ id }) => location.assign(conversationUrl(id)));
}
