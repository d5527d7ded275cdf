import { fetchTurns } from "chat/thread/turns";

/** @typedef {import("chat/thread/thread").ChatThread} ChatThread */

/** How many pixels before the reader gets there turns are loaded. */
const AHEAD = 2000;
/** How many turns are drawn in one frame. */
const AT_ONCE = 4;

/** Brings the turns of a long branch into the page as the reader comes near them. */
export class ThreadPages {
  #thread;
  #observer;
  #isLoading = false;

  /** @param {ChatThread} thread */
  constructor(thread) {
    this.#thread = thread;
    this.#observer = new IntersectionObserver((entries) => this.#seen(entries), {
      root: thread.log,
      rootMargin: `${AHEAD}px 0px`,
    });
    for (const link of this.#links) {
      this.#observer.observe(link);
      link.onclick = (event) => {
        event.preventDefault();
        this.#load(link);
      };
    }
  }

  /** Shows the ways on, where there are any. */
  update() {
    const { earlier, later, first, end } = this.#thread;
    earlier.hidden = !first?.previous;
    later.hidden = !end;
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
      await (link === this.#thread.earlier ? this.#loadEarlier() : this.#loadLater());
    } catch {
      // The way stays, to be tried again.
      return;
    } finally {
      this.#isLoading = false;
      link.ariaBusy = null;
    }
    // Observed anew, each says whether it is still near.
    for (const other of this.#links) {
      this.#observer.unobserve(other);
      this.#observer.observe(other);
    }
  }

  async #loadEarlier() {
    const { conversation, first } = this.#thread;
    if (!conversation || !first?.responseId) return;
    const { turns } = await fetchTurns(conversation, { before: first.responseId });
    // The nearest first, a few in each frame, and no more once other turns are shown.
    for (let below = first; turns.length && this.#thread.first === below; ) {
      const nearest = turns.splice(-AT_ONCE);
      this.#thread.insertEarlier(nearest);
      [below] = nearest;
      await new Promise(requestAnimationFrame);
    }
  }

  async #loadLater() {
    const { conversation, last, end } = this.#thread;
    if (!conversation || !last?.responseId || !end) return;
    const page = await fetchTurns(conversation, { response: end, after: last.responseId });
    if (this.#thread.last === last && this.#thread.end) this.#thread.insertLater(page);
  }

  get #links() {
    return [this.#thread.earlier, this.#thread.later];
  }
}
