/**
 * Return the URL of a conversation, relative to the site.
 *
 * @param {string} conversation
 */
export const conversationUrl = (conversation) => `/conversations/${conversation}/`;

/**
 * Return the URL from which a conversation can be downloaded.
 *
 * @param {string} conversation
 * @param {string} format "md" for one branch: the one that the page shows, if it does; "json" for all branches
 * @param {boolean} isOpen whether the page shows this conversation
 */
export function exportUrl(conversation, format, isOpen) {
  return `${conversationUrl(conversation)}export.${format}${isOpen && format === "md" ? location.search : ""}`;
}

/**
 * Change the page's URL to one that shows this branch after a reload.
 *
 * @param {string} conversation
 * @param {string} response a response on the branch; empty for the conversation's default branch
 */
export function updateAddress(conversation, response) {
  const url = new URL(conversationUrl(conversation), location.href);
  const isOpen = url.pathname === location.pathname;
  if (isOpen) url.search = location.search;
  if (response) url.searchParams.set("response", response);
  else url.searchParams.delete("response");
  if (!isOpen) history.pushState(null, "", url);
  else if (url.search !== location.search) history.replaceState(null, "", url);
}
