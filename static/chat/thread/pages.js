import { find } from "chat/lib/dom";
import { fetchTurns } from "chat/thread/turns";

/**
 * @typedef {import("chat/thread/branch").Branch} Branch
 * @typedef {import("chat/thread/scroll-position").ScrollPosition} ScrollPosition
 * @typedef {import("chat/thread/turns").Turns} Turns
 */

/** How close a reader is to the end of the loaded turns when more are fetched. */
const PREFETCH_MARGIN_PX = 2000;
/** How many turns are inserted in one frame. */
const TURNS_PER_FRAME = 4;

/** A loader that fetches the turns of a long branch as the reader comes near them. */
export class ThreadPages {
  #branch;
  #scrollPosition;
  #onBehind;
  #earlier;
  #later;
  #observer;
  #isLoading = false;

  /**
   * @param {HTMLElement} log with the links to more of the branch
   * @param {Branch} branch
   * @param {ScrollPosition} scrollPosition
   * @param {() => void} onBehind called when the fetched turns may be out of date, because events came meanwhile
   */
  constructor(log, branch, scrollPosition, onBehind) {
    this.#branch = branch;
    this.#scrollPosition = scrollPosition;
    this.#onBehind = onBehind;
    this.#earlier = find(log, ".earlier-turns", HTMLAnchorElement);
    this.#later = find(log, ".later-turns", HTMLAnchorElement);
    this.#observer = new IntersectionObserver((entries) => this.#onIntersection(entries), {
      root: log,
      rootMargin: `${PREFETCH_MARGIN_PX}px 0px`,
    });
    for (const link of [this.#earlier, this.#later]) {
      this.#observer.observe(link);
      link.onclick = (event) => {
        event.preventDefault();
        this.#load(link);
      };
    }
  }

  /** Show each link to more turns if there are more. */
  update() {
    const { first, end } = this.#branch;
    this.#earlier.hidden = !first?.previous;
    this.#later.hidden = !end;
  }

  /** Show the last turns of the branch. Rejects with an Error whose message is a sentence for the person. */
  async showEnd() {
    const { conversation, end } = this.#branch;
    if (!end || !conversation) return;
    const page = await fetchTurns(conversation, { response: end });
    // Another call may have loaded the end meanwhile.
    if (!this.#branch.end) return;
    this.#branch.list.replaceChildren();
    this.#insertLater(page);
  }

  /** Load the whole branch, as far as the site can be reached. */
  async showAll() {
    for (let more = true; more; ) {
      const link = [this.#earlier, this.#later].find(({ hidden }) => !hidden);
      more = link !== undefined && (await this.#load(link));
    }
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #onIntersection(entries) {
    const near = entries.find(({ isIntersecting }) => isIntersecting);
    if (near) this.#load(/** @type {HTMLAnchorElement} */ (near.target));
  }

  /**
   * @param {HTMLAnchorElement} link
   * @returns {Promise<boolean>} false if the turns couldn't be loaded
   */
  async #load(link) {
    if (this.#isLoading) return new Promise((resolve) => requestAnimationFrame(() => resolve(true)));
    this.#isLoading = true;
    link.ariaBusy = "true";
    try {
      await (link === this.#earlier ? this.#loadEarlier() : this.#loadLater());
    } catch {
      // The link stays, so that the reader can try again.
      return false;
    } finally {
      this.#isLoading = false;
      link.ariaBusy = null;
    }
    // An observer reports each link's state when it starts to observe: load more if one is still near.
    for (const other of [this.#earlier, this.#later]) {
      this.#observer.unobserve(other);
      this.#observer.observe(other);
    }
    return true;
  }

  async #loadEarlier() {
    const { conversation, first } = this.#branch;
    if (!conversation || !first?.responseId) return;
    const { turns } = await fetchTurns(conversation, { before: first.responseId });
    // Insert the nearest first, a few in each frame. Stop if other turns are shown meanwhile.
    for (let below = first; turns.length && this.#branch.first === below; ) {
      const nearest = turns.splice(-TURNS_PER_FRAME);
      this.#scrollPosition.hold(() => this.#branch.list.prepend(...nearest));
      this.update();
      [below] = nearest;
      await new Promise(requestAnimationFrame);
    }
  }

  async #loadLater() {
    const { conversation, last, end } = this.#branch;
    if (!conversation || !last?.responseId || !end) return;
    const page = await fetchTurns(conversation, { response: end, after: last.responseId });
    if (this.#branch.last === last && this.#branch.end) this.#insertLater(page);
  }

  /** @param {Turns} page with the turns after the last one */
  #insertLater({ turns, newest, end }) {
    this.#scrollPosition.leaveEnd();
    this.#branch.list.append(...turns);
    this.#branch.newest = newest;
    this.#branch.end = end;
    this.update();
    if (!end) this.#onBehind();
  }
}
