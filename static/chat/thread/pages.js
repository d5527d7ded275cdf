import { find } from "chat/lib/dom";
import { fetchTurns } from "chat/thread/turns";

/**
 * @typedef {import("chat/thread/branch").Branch} Branch
 * @typedef {import("chat/thread/scroll-position").ReadingPlace} ReadingPlace
 * @typedef {import("chat/thread/turns").Turns} Turns
 */

/** How many pixels before the reader gets there turns are loaded. */
const AHEAD = 2000;
/** How many turns are drawn in one frame. */
const TURNS_PER_FRAME = 4;

/** Brings the turns of a long branch into the page as the reader comes near them. */
export class ThreadPages {
  #branch;
  #reading;
  #onBehind;
  #earlier;
  #later;
  #observer;
  #isLoading = false;

  /**
   * @param {HTMLElement} log with the links to more of the branch
   * @param {Branch} branch
   * @param {ReadingPlace} reading
   * @param {() => void} onBehind called when turns came that may have missed events while they were on their way
   */
  constructor(log, branch, reading, onBehind) {
    this.#branch = branch;
    this.#reading = reading;
    this.#onBehind = onBehind;
    this.#earlier = find(log, ".earlier-turns", HTMLAnchorElement);
    this.#later = find(log, ".later-turns", HTMLAnchorElement);
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), {
      root: log,
      rootMargin: `${AHEAD}px 0px`,
    });
    for (const link of [this.#earlier, this.#later]) {
      this.#observer.observe(link);
      link.onclick = (event) => {
        event.preventDefault();
        this.#load(link);
      };
    }
  }

  /** Show the links to more, if there is more. */
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
    // Somebody else may have brought it meanwhile.
    if (!this.#branch.end) return;
    this.#branch.list.replaceChildren();
    this.#insertLater(page);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    const near = entries.find(({ isIntersecting }) => isIntersecting);
    if (near) this.#load(/** @type {HTMLAnchorElement} */ (near.target));
  }

  /** @param {HTMLAnchorElement} link */
  async #load(link) {
    if (this.#isLoading) return;
    this.#isLoading = true;
    link.ariaBusy = "true";
    try {
      await (link === this.#earlier ? this.#loadEarlier() : this.#loadLater());
    } catch {
      // The link stays, to be tried again.
      return;
    } finally {
      this.#isLoading = false;
      link.ariaBusy = null;
    }
    // Observed anew, each says whether it is still near.
    for (const other of [this.#earlier, this.#later]) {
      this.#observer.unobserve(other);
      this.#observer.observe(other);
    }
  }

  async #loadEarlier() {
    const { conversation, first } = this.#branch;
    if (!conversation || !first?.responseId) return;
    const { turns } = await fetchTurns(conversation, { before: first.responseId });
    // The nearest first, a few in each frame, and no more once other turns are shown.
    for (let below = first; turns.length && this.#branch.first === below; ) {
      const nearest = turns.splice(-TURNS_PER_FRAME);
      this.#reading.hold(() => this.#branch.list.prepend(...nearest));
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
    this.#reading.leaveEnd();
    this.#branch.list.append(...turns);
    this.#branch.newest = newest;
    this.#branch.end = end;
    this.update();
    if (!end) this.#onBehind();
  }
}
