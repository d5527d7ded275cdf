/** How far from the end, in pixels, a reader who scrolls down counts as having come there. */
const NEAR = 40;

/** Where in a scrolled text its reader is: at the end, which is then kept in sight, or in the middle, which stays. */
export class ReadingPlace {
  #isAtEnd = true;
  #top = 0;
  /** Where the reader was put, and is as long as the text is scrolled so. */
  #put = -1;
  #scroller;
  #text;
  #onChange;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} text what is scrolled in it, made of blocks
   * @param {() => void} onChange called when the reader has moved
   */
  constructor(scroller, text, onChange) {
    this.#scroller = scroller;
    this.#text = text;
    this.#onChange = onChange;
    scroller.addEventListener("scroll", () => this.#note(), { passive: true });
    const resized = new ResizeObserver(() => this.#keepUp());
    resized.observe(text);
    resized.observe(scroller);
  }

  /** Whether there is nothing below what is seen, or it comes into sight by itself. */
  get isAtEnd() {
    return this.#isAtEnd || this.#distance <= 1;
  }

  toEnd() {
    this.#isAtEnd = true;
    this.#put = -1;
    this.#keepUp();
  }

  /** Stays here, whatever comes below: that this is the end may be because the rest is not drawn yet. */
  leaveEnd() {
    this.#isAtEnd = false;
    this.#put = this.#scroller.scrollTop;
    this.#onChange();
  }

  /**
   * Does something to the text without moving what the reader sees.
   *
   * @param {() => void} change
   */
  hold(change) {
    const { top } = this.#scroller.getBoundingClientRect();
    const seen = [...this.#text.children].find((block) => block.getBoundingClientRect().bottom > top);
    const before = seen?.getBoundingClientRect().top ?? 0;
    change();
    if (seen?.isConnected) this.#scroller.scrollTop += seen.getBoundingClientRect().top - before;
    this.#top = this.#scroller.scrollTop;
  }

  get #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #note() {
    const { scrollTop } = this.#scroller;
    const distance = this.#distance;
    // What grows below moves the end away from a reader; only one who scrolls up leaves it, however little.
    if (scrollTop < this.#top) this.#isAtEnd &&= distance <= 1;
    else if (scrollTop !== this.#put && (scrollTop > this.#top || distance <= 1)) this.#isAtEnd ||= distance < NEAR;
    this.#top = scrollTop;
    this.#onChange();
  }

  #keepUp() {
    if (this.#isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#note();
  }
}
