/** How long an announcement stays, in milliseconds. Nobody who reads the page later should come across it. */
const REMOVE_AFTER_MS = 10_000;

/** The page's live region: screen readers read out what is added to it when they have finished speaking. */
export class PageAnnouncer extends HTMLElement {
  /**
   * Announce sentences.
   *
   * @param {string[]} sentences
   */
  say(sentences) {
    const said = document.createElement("div");
    for (const sentence of sentences) {
      const line = document.createElement("p");
      line.textContent = sentence;
      said.append(line);
    }
    this.append(said);
    setTimeout(() => said.remove(), REMOVE_AFTER_MS);
  }
}

/**
 * Announce sentences to screen readers.
 *
 * @param {string[]} sentences
 */
export function announce(...sentences) {
  const announcer = document.querySelector("page-announcer");
  if (announcer instanceof PageAnnouncer) announcer.say(sentences);
}

customElements.define("page-announcer", PageAnnouncer);
