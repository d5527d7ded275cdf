import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */
/** @typedef {{conversations: Conversation[], before: string | null}} Page */

const LIST_URL = "/conversations/";
/** How far below the visible part the end of the list may be when the next page is fetched. */
const PREFETCH_MARGIN = "600px";

/**
 * Add the next page of conversations when somebody scrolls to the end of the list.
 *
 * The link to older conversations, which also works without scripts, holds the position of the next page. Pressing it
 * retries a page that failed to load.
 *
 * @param {HTMLElement} list
 * @param {(conversations: Conversation[]) => void} add
 */
export function loadOlderOnScroll(list, add) {
  const older = olderOf(list);
  const link = find(older, "a", HTMLAnchorElement);
  let isLoading = false;
  const listed = find(list, ".listed", HTMLElement);
  const isScrolled = getComputedStyle(listed).overflowY !== "visible";
  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && load(), {
    root: isScrolled ? listed : find(list, "nav", HTMLElement),
    rootMargin: PREFETCH_MARGIN,
  });

  async function load() {
    if (isLoading) return;
    isLoading = true;
    const { href } = link;
    try {
      const { conversations, before } = await fetchPage(new URL(href).searchParams);
      // The list may have been refreshed meanwhile, or be the archive now.
      if (link.href === href && link.isConnected) {
        add(conversations);
        updateOlderLink(list, before);
      }
    } catch {
      // The link remains, to try again.
    }
    isLoading = false;
    // Observe again, because one page may not have filled the visible part.
    observer.unobserve(older);
    if (!older.hidden) observer.observe(older);
  }

  link.onclick = (event) => {
    event.preventDefault();
    load();
  };
  observer.observe(older);
}

/**
 * Return what holds the link to older conversations. It stands after all entries, so it isn't searched for among them.
 *
 * @param {HTMLElement} list
 */
export function olderOf(list) {
  return /** @type {HTMLElement} */ (find(list, ".listed", HTMLElement).lastElementChild);
}

/**
 * Set the position of the next page on the link to it, or hide the link.
 *
 * @param {HTMLElement} list
 * @param {string | null} before the position; null after the last page
 */
export function updateOlderLink(list, before) {
  const older = olderOf(list);
  const link = find(older, "a", HTMLAnchorElement);
  older.hidden = before === null;
  const url = new URL(link.href);
  if (before) url.searchParams.set("before", before);
  link.href = url.href;
}

/**
 * Fetch a page of conversations.
 *
 * @param {URLSearchParams} wanted its `before` and `archived` are sent
 * @returns {Promise<Page>}
 */
export async function fetchPage(wanted) {
  const query = new URLSearchParams();
  for (const name of ["before", "archived"]) if (wanted.has(name)) query.set(name, wanted.get(name) ?? "");
  return (await request("GET", `${LIST_URL}?${query}`)).json();
}
