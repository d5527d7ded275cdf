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
