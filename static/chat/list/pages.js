import { find } from "chat/lib/dom";
import { request } from "chat/lib/http";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */
/** @typedef {{conversations: Conversation[], before: string | null}} Page */

const ADDRESS = "/conversations/";
/** How far below what is seen the next page is fetched already. */
const AHEAD = "600px";

/**
 * Lets the side list grow while somebody scrolls to its end. The link to older conversations, which is there for those
 * without scripts, says where the next page begins; it is also there to be pressed where a page did not come.
 *
 * @param {HTMLElement} list
 * @param {(conversations: Conversation[]) => void} add
 */
export function loadOlderOnScroll(list, add) {
  const older = find(list, ".older", HTMLElement);
  const link = find(older, "a", HTMLAnchorElement);
  let isComing = false;
  const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && grow(), {
    root: find(list, "nav", HTMLElement),
    rootMargin: AHEAD,
  });

  async function grow() {
    if (isComing) return;
    isComing = true;
    const { href } = link;
    try {
      const { conversations, before } = await fetchPage(new URL(href).searchParams);
      // The list may end elsewhere since.
      if (link.href === href) {
        add(conversations);
        updateOlderLink(list, before);
      }
    } catch {
      // The link is still there.
    }
    isComing = false;
    // Observed anew, because one page may not have filled what is seen.
    observer.unobserve(older);
    if (!older.hidden) observer.observe(older);
  }

  link.onclick = (event) => {
    event.preventDefault();
    grow();
  };
  observer.observe(older);
}

/**
 * Says where the next page begins, if there is one.
 *
 * @param {HTMLElement} list
 * @param {string | null} before
 */
export function updateOlderLink(list, before) {
  const older = find(list, ".older", HTMLElement);
  const link = find(older, "a", HTMLAnchorElement);
  older.hidden = before === null;
  const address = new URL(link.href);
  if (before) address.searchParams.set("before", before);
  link.href = address.href;
}

/**
 * @param {URLSearchParams} wanted
 * @returns {Promise<Page>}
 */
export async function fetchPage(wanted) {
  const query = new URLSearchParams();
  for (const name of ["before", "archived"]) if (wanted.has(name)) query.set(name, wanted.get(name) ?? "");
  return (await request("GET", `${ADDRESS}?${query}`)).json();
}
