/** How many announcements stay in the page: the newest, so that it does not grow with what was said. */
const KEPT = 10;

/**
 * The page's one voice to screen readers: whatever is added to it is read out when what they say has ended.
 */
export class PageAnnouncer extends HTMLElement {
  /** @param {string} text */
  say(text) {
    const line = document.createElement("p");
    line.textContent = text;
    this.append(line);
    while (this.childElementCount > KEPT) this.firstElementChild?.remove();
  }
}

/**
 * Says something to who can't see it.
 *
 * @param {string} text
 */
export function announce(text) {
  const announcer = document.querySelector("page-announcer");
  if (announcer instanceof PageAnnouncer) announcer.say(text);
}

customElements.define("page-announcer", PageAnnouncer);
