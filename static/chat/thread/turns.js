import { ChatResponse } from "chat/answer/response";
import { conversationUrl } from "chat/lib/address";
import { gettext } from "chat/lib/translations";

const TIMEOUT_MS = 30_000;

/** @typedef {{turns: ChatResponse[], newest: string, end: string}} Turns */

/**
 * Fetch some turns of a branch as the server renders them, with the ids of the conversation's newest response and, if the
 * branch goes on after these turns, of its last one. Rejects with an Error whose message is a sentence for the person.
 *
 * The browser parses the document itself: no text becomes HTML here.
 *
 * @param {string} conversation
 * @param {Record<string, string>} query see `conversations.views`
 * @returns {Promise<Turns>}
 */
export function fetchTurns(conversation, query) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("GET", `${conversationUrl(conversation)}turns/?${new URLSearchParams(query)}`);
    request.responseType = "document";
    request.timeout = TIMEOUT_MS;
    request.onloadend = () => {
      const found = request.status === 200 && request.responseXML?.querySelector(".turns");
      if (found instanceof Element) resolve(read(found));
      else reject(new Error(gettext("The conversation couldn't be loaded. Try again.")));
    };
    request.send();
  });
}

/** @param {Element} found */
function read(found) {
  const { dataset, children } = /** @type {HTMLElement} */ (document.importNode(found, true));
  const turns = [...children].filter((child) => child instanceof ChatResponse);
  return { turns, newest: dataset.newest ?? "", end: dataset.end ?? "" };
}
