import { ChatResponse } from "chat/answer/response";
import { conversationUrl } from "chat/lib/address";
import { fetchDocument } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/** @typedef {{turns: ChatResponse[], newest: string, end: string}} Turns */

/**
 * Fetch some turns of a branch as the server renders them, with the ids of the conversation's newest response and, if the
 * branch goes on after these turns, of its last one. Rejects with an Error whose message is a sentence for the person.
 *
 * @param {string} conversation
 * @param {Record<string, string>} query see `conversations.views`
 * @returns {Promise<Turns>}
 */
export async function fetchTurns(conversation, query) {
  const { page } = await fetchDocument(`${conversationUrl(conversation)}turns/?${new URLSearchParams(query)}`);
  const found = page?.querySelector(".turns");
  if (found instanceof Element) return read(found);
  throw new Error(gettext("The conversation couldn't be loaded. Try again."));
}

/** @param {Element} found */
function read(found) {
  const { dataset, children } = /** @type {HTMLElement} */ (document.importNode(found, true));
  const turns = [...children].filter((child) => child instanceof ChatResponse);
  return { turns, newest: dataset.newest ?? "", end: dataset.end ?? "" };
}
