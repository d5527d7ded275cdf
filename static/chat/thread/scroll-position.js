/** How close to the end a reader who scrolls down counts as having reached it. */
const END_MARGIN_PX = 40;

/** The position of a reader in a scrolled text: at the end, which is kept in view as it grows, or somewhere above it. */
export class ScrollPosition {
  #isAtEnd = true;
  #top = 0;
  /** The offset at which `leaveEnd` left the reader; scrolling events at this offset don't count as reaching the end. */
  #held = -1;
  #scroller;
  #text;
  #onChange;

  /**
   * @param {HTMLElement} scroller
   * @param {HTMLElement} text the scrolled content, made of blocks
   * @param {() => void} onChange called when the reader has moved
   */
  constructor(scroller, text, onChange) {
    this.#scroller = scroller;
    this.#text = text;
    this.#onChange = onChange;
    scroller.addEventListener("scroll", () => this.#update(), { passive: true });
    const resized = new ResizeObserver(() => this.#keepUp());
    resized.observe(text);
    resized.observe(scroller);
  }

  /** Whether the end is in view, or will be scrolled into view. */
  get isAtEnd() {
    return this.#isAtEnd || this.#distance <= 1;
  }

  /** Whether the end is out of view and not just below: half of what is seen away, or more. */
  get isFarFromEnd() {
    return !this.#isAtEnd && this.#distance > this.#scroller.clientHeight / 2;
  }

  /** Scroll to the end, and keep it in view from now on. */
  toEnd() {
    this.#isAtEnd = true;
    this.#held = -1;
    this.#keepUp();
  }

  /** Stay here whatever is added below, even if this is the end, since the rest may not be in the page yet. */
  leaveEnd() {
    this.#isAtEnd = false;
    this.#held = this.#scroller.scrollTop;
    this.#onChange();
  }

  /**
   * Change the text without moving what the reader sees.
   *
   * @param {() => void} change
   */
  hold(change) {
    const { top } = this.#scroller.getBoundingClientRect();
    const firstVisible = [...this.#text.children].find((block) => block.getBoundingClientRect().bottom > top);
    const before = firstVisible?.getBoundingClientRect().top ?? 0;
    change();
    if (firstVisible?.isConnected) this.#scroller.scrollTop += firstVisible.getBoundingClientRect().top - before;
    this.#top = this.#scroller.scrollTop;
  }

  get #distance() {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight;
  }

  #update() {
    const { scrollTop } = this.#scroller;
    const distance = this.#distance;
    // Text that grows moves the end away from the reader. Only scrolling up leaves the end, however little.
    if (scrollTop < this.#top) this.#isAtEnd &&= distance <= 1;
    else if (scrollTop !== this.#held && (scrollTop > this.#top || distance <= 1))
      this.#isAtEnd ||= distance < END_MARGIN_PX;
    this.#top = scrollTop;
    this.#onChange();
  }

  #keepUp() {
    if (this.#isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#update();
  }
}
