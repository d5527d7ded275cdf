/** How long an announcement stays, in milliseconds: nobody should come upon it again who reads the page. */
const STAYS = 10_000;

/**
 * The page's one voice to screen readers: whatever is added to it is read out when what they say has ended.
 */
export class PageAnnouncer extends HTMLElement {
  /** @param {string[]} sentences */
  say(sentences) {
    const said = document.createElement("div");
    for (const sentence of sentences) {
      const line = document.createElement("p");
      line.textContent = sentence;
      said.append(line);
    }
    this.append(said);
    setTimeout(() => said.remove(), STAYS);
  }
}

/**
 * Says something to who can't see it.
 *
 * @param {string[]} sentences
 */
export function announce(...sentences) {
  const announcer = document.querySelector("page-announcer");
  if (announcer instanceof PageAnnouncer) announcer.say(sentences);
}

customElements.define("page-announcer", PageAnnouncer);
