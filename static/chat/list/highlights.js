/** The words that were searched for, where a found conversation is open. */

const WORD = /-?[\p{L}\p{N}_]+/gu;
const EDGE = "[\\p{L}\\p{N}_]";
const NAME = "found";
/** More than anybody looks at. */
const MOST = 500;
/** In how many frames what comes near is laid out, and has its height. */
const SETTLING = 3;

let marking = new AbortController();

/**
 * What the words of a search look like in a text; null where it has none. The last one may be the beginning of a word.
 *
 * @param {string} query
 */
export function searchPattern(query) {
  const words = [...query.matchAll(WORD)].filter(([word]) => !word.startsWith("-") && word.toLowerCase() !== "or");
  if (!words.length) return null;
  const forms = words.map(([word], at) => {
    const isLast = at === words.length - 1 && query.endsWith(word);
    return isLast ? `${word}${EDGE}*` : `${word}(?!${EDGE})`;
  });
  return new RegExp(`(?<!${EDGE})(?:${forms.join("|")})`, "giu");
}

/**
 * Marks the words in an element, in what of it is drawn later as well, and scrolls to the first of them. That one gets
 * the event `found`.
 *
 * @param {Element} element
 * @param {string} query
 */
export function highlightMatches(element, query) {
  clearHighlights();
  const pattern = searchPattern(query);
  if (!pattern || !("highlights" in CSS)) return;
  const found = new Highlight();
  CSS.highlights.set(NAME, found);

  /** @param {Element} part */
  function mark(part) {
    const wasFound = found.size > 0;
    for (const range of found) if (part.contains(range.startContainer)) found.delete(range);
    for (const range of rangesOf(part, /** @type {RegExp} */ (pattern), MOST - found.size)) found.add(range);
    if (!wasFound) scrollToFirst(found);
  }

  marking = new AbortController();
  element.addEventListener("rendered", ({ target }) => mark(/** @type {Element} */ (target)), {
    signal: marking.signal,
  });
  mark(element);
}

export function clearHighlights() {
  marking.abort();
  if ("highlights" in CSS) CSS.highlights.delete(NAME);
}

/**
 * Scrolls to the first word, and again while it moves because what came near is laid out.
 *
 * @param {Highlight} found
 * @param {number} [frames] how many more
 */
function scrollToFirst(found, frames = SETTLING) {
  const [word] = /** @type {Range[]} */ ([...found]).sort((one, other) =>
    one.compareBoundaryPoints(Range.START_TO_START, other),
  );
  const element = word?.startContainer.parentElement;
  if (!element) return;
  const unfold = element.closest("[data-folded]")?.querySelector(".unfold");
  if (unfold instanceof HTMLElement) unfold.click();
  element.scrollIntoView({ block: "center" });
  // In however high a paragraph.
  const { top, bottom } = word.getBoundingClientRect();
  element.closest(".log")?.scrollBy(0, (top + bottom - innerHeight) / 2);
  element.dispatchEvent(new Event("found", { bubbles: true }));
  if (frames) requestAnimationFrame(() => scrollToFirst(found, frames - 1));
}

/**
 * @param {Element} element
 * @param {RegExp} pattern
 * @param {number} most
 */
function rangesOf(element, pattern, most) {
  const ranges = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode() && ranges.length < most) {
    for (const { 0: word, index } of texts.currentNode.textContent?.matchAll(pattern) ?? []) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      ranges.push(range);
    }
  }
  return ranges;
}
