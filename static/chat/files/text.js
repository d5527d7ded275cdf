import { CodePart, TablePart, TextPart } from "chat/files/parts";
import { request } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";

/**
 * @typedef {{number: number, page: number | null, label: string, text: string}} Passage
 * @typedef {{passages: Passage[], next: number | null, kind: string, language?: string, is_truncated?: boolean}} Answer
 */

/** The kinds whose text has a row in each line, with tabs between the cells. */
const TABLES = new Set(["csv", "spreadsheet"]);
/** How far below what is in view more is loaded. */
const MARGIN = "1000px";

/** The text that was read of a file, loaded piece by piece as the reader nears its end. */
export class FileText {
  #element;
  #url;
  /** A file that a model made has none until it is read. */ #kind = "";
  #stop = new AbortController();
  /** @type {number | null} the passage to load next */ #next = 0;
  /** @type {TextPart | CodePart | TablePart | undefined} */ #part;
  /** @type {number | null} the page of the last passage that is loaded, if the file has pages */ #page = null;
  #isLoading = false;
  #isTruncated = false;
  #more = document.createElement("button");
  #observer = new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && this.#continue(), {
    rootMargin: MARGIN,
  });

  /**
   * @param {HTMLElement} element
   * @param {string} url of the passages
   */
  constructor(element, url) {
    this.#element = element;
    this.#url = url;
    Object.assign(this.#more, { type: "button", className: "button more", textContent: gettext("Show more") });
    this.#more.onclick = () => this.#continue();
  }

  get isEmpty() {
    return !this.#part && this.#next === null;
  }

  /**
   * Load the beginning, or what leads to a page or a passage, which is brought into view. Throw an Error with a sentence
   * if it can't be loaded.
   *
   * @param {number | null} page
   * @param {number | null} passage
   */
  async open(page, passage) {
    do await this.#load();
    while (this.#next !== null && this.#lacks(page, passage));
    this.#element.append(this.#more);
    this.#observer.observe(this.#more);
    this.#end();
    const place =
      (passage !== null && this.#element.querySelector(`[data-passage="${passage}"]`)) ||
      (page !== null && this.#element.querySelector(`[data-page="${page}"]`));
    if (!(place instanceof HTMLElement)) return;
    if (passage !== null) place.classList.add("cited");
    place.scrollIntoView({ block: passage === null ? "start" : "center" });
    if (passage === null) return;
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
  }

  stop() {
    this.#stop.abort();
    this.#observer.disconnect();
  }

  /**
   * Return a passage; null if there is none with this number.
   *
   * @param {string} url of the passages
   * @param {number} number
   * @returns {Promise<Passage | null>}
   */
  static async passage(url, number) {
    const { passages } = await load(url, number);
    return passages[0]?.number === number ? passages[0] : null;
  }

  /**
   * @param {number | null} page
   * @param {number | null} passage
   */
  #lacks(page, passage) {
    if (passage !== null) return Number(this.#next) <= passage;
    // A page without text has no passage.
    return page !== null && this.#page !== null && this.#page < page;
  }

  async #continue() {
    if (this.#isLoading || this.#next === null) return;
    try {
      await this.#load();
      this.#end();
      // It may still be in view.
      this.#observer.unobserve(this.#more);
      this.#observer.observe(this.#more);
    } catch {
      // It is loaded when the button is pressed.
      this.#observer.unobserve(this.#more);
    }
  }

  async #load() {
    this.#isLoading = true;
    try {
      const { passages, next, kind, language, is_truncated } = await load(
        this.#url,
        this.#next ?? 0,
        this.#stop.signal,
      );
      this.#kind = kind;
      for (const passage of passages) this.#add(passage, language ?? "");
      this.#next = next;
      this.#isTruncated = Boolean(is_truncated);
      if (next === null) this.#part?.close();
    } finally {
      this.#isLoading = false;
    }
  }

  /**
   * @param {Passage} passage
   * @param {string} language
   */
  #add(passage, language) {
    if (!this.#part?.takes(passage)) {
      this.#part?.close();
      const Part = TABLES.has(this.#kind) ? TablePart : language ? CodePart : TextPart;
      this.#part = new Part(passage, language);
      this.#element.insertBefore(this.#part.element, this.#more.isConnected ? this.#more : null);
      const heading = this.#headingOf(passage);
      if (heading) this.#part.element.prepend(heading);
    }
    this.#part.add(passage);
    this.#page = passage.page;
  }

  /** @param {Passage} passage */
  #headingOf({ page, label }) {
    const kind = this.#kind;
    const word =
      kind === "presentation" ? gettext("Slide %(number)s") : kind === "spreadsheet" ? "" : gettext("Page %(number)s");
    const words = [page && word && interpolate(word, { number: page }), label].filter(Boolean).join(" · ");
    if (!words) return null;
    const heading = document.createElement("h2");
    heading.textContent = words;
    return heading;
  }

  #end() {
    this.#more.hidden = this.#next === null;
    if (this.#next !== null || !this.#isTruncated || this.#element.querySelector(".rest")) return;
    const rest = document.createElement("p");
    rest.className = "rest";
    rest.textContent = gettext("The file is longer than what is shown here. Download it to see the rest.");
    this.#element.append(rest);
  }
}

/**
 * @param {string} url
 * @param {number} from
 * @param {AbortSignal} [signal]
 * @returns {Promise<Answer>}
 */
async function load(url, from, signal) {
  const response = await request("GET", `${url}?from=${from}`, undefined, signal);
  return response.json();
}
