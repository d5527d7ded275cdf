/** @param {string} conversation */
export const conversationUrl = (conversation) => `/conversations/${conversation}/`;

/**
 * Where the conversation can be had as a file.
 *
 * @param {string} conversation
 * @param {string} format "md" for the branch that the page shows, if it shows one of it; "json" for all of it
 * @param {boolean} isOpen whether the page shows it
 */
export function exportUrl(conversation, format, isOpen) {
  return `${conversationUrl(conversation)}export.${format}${isOpen && format === "md" ? location.search : ""}`;
}

/**
 * Makes the page's address the one that shows this branch after a reload.
 *
 * @param {string} conversation
 * @param {string} response one on the branch; empty for the branch that the conversation's own address shows
 */
export function updateAddress(conversation, response) {
  const address = new URL(conversationUrl(conversation), location.href);
  const isThere = address.pathname === location.pathname;
  if (isThere) address.search = location.search;
  if (response) address.searchParams.set("response", response);
  else address.searchParams.delete("response");
  if (!isThere) history.pushState(null, "", address);
  else if (address.search !== location.search) history.replaceState(null, "", address);
}
