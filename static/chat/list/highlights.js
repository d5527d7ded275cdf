/** Highlights of the search words in an open conversation. */

const WORD = /-?[\p{L}\p{N}_]+/gu;
const WORD_CHARACTER = "[\\p{L}\\p{N}_]";
const HIGHLIGHT_NAME = "found";
/** More matches than anybody looks at. */
const MAX_MATCHES = 500;
/** How many frames it takes until what scrolls into view is laid out and has its final height. */
const LAYOUT_FRAMES = 3;

let listening = new AbortController();

/**
 * Return a pattern that matches the words of a query, or null if it has none. The last word also matches as a prefix.
 *
 * @param {string} query
 */
export function searchPattern(query) {
  const words = [...query.matchAll(WORD)].filter(([word]) => !word.startsWith("-") && word.toLowerCase() !== "or");
  if (!words.length) return null;
  const forms = words.map(([word], at) => {
    const isLast = at === words.length - 1 && query.endsWith(word);
    return isLast ? `${word}${WORD_CHARACTER}*` : `${word}(?!${WORD_CHARACTER})`;
  });
  return new RegExp(`(?<!${WORD_CHARACTER})(?:${forms.join("|")})`, "giu");
}

/**
 * Highlight the words of a query in an element, also in text that is rendered later, and scroll to the first match.
 *
 * Event: `found`, from the parent element of the first match; it bubbles.
 *
 * @param {Element} element
 * @param {string} query
 */
export function highlightMatches(element, query) {
  clearHighlights();
  const pattern = searchPattern(query);
  if (!pattern || !("highlights" in CSS)) return;
  const found = new Highlight();
  CSS.highlights.set(HIGHLIGHT_NAME, found);

  /** @param {Element} part */
  function mark(part) {
    const wasFound = found.size > 0;
    for (const range of found) if (part.contains(range.startContainer)) found.delete(range);
    for (const range of rangesOf(part, /** @type {RegExp} */ (pattern), MAX_MATCHES - found.size)) found.add(range);
    if (!wasFound) scrollToFirst(found);
  }

  listening = new AbortController();
  element.addEventListener("rendered", ({ target }) => mark(/** @type {Element} */ (target)), {
    signal: listening.signal,
  });
  mark(element);
}

/** Remove the highlights. */
export function clearHighlights() {
  listening.abort();
  if ("highlights" in CSS) CSS.highlights.delete(HIGHLIGHT_NAME);
}

/**
 * Scroll to the first match, and again in the next frames, because it moves when what scrolls into view is laid out.
 *
 * @param {Highlight} found
 * @param {number} [frames] in how many more frames
 */
function scrollToFirst(found, frames = LAYOUT_FRAMES) {
  const [word] = /** @type {Range[]} */ ([...found]).sort((one, other) =>
    one.compareBoundaryPoints(Range.START_TO_START, other),
  );
  const element = word?.startContainer.parentElement;
  if (!element) return;
  const unfold = element.closest("[data-folded]")?.querySelector(".unfold");
  if (unfold instanceof HTMLElement) unfold.click();
  element.scrollIntoView({ block: "center" });
  // The paragraph may be higher than the window, so centre the match itself.
  const { top, bottom } = word.getBoundingClientRect();
  element.closest(".log")?.scrollBy(0, (top + bottom - innerHeight) / 2);
  element.dispatchEvent(new Event("found", { bubbles: true }));
  if (frames) requestAnimationFrame(() => scrollToFirst(found, frames - 1));
}

/**
 * Return the ranges of the matches in an element, up to a limit that the last text node may exceed.
 *
 * @param {Element} element
 * @param {RegExp} pattern
 * @param {number} limit
 */
function rangesOf(element, pattern, limit) {
  const ranges = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode() && ranges.length < limit) {
    for (const { 0: word, index } of texts.currentNode.textContent?.matchAll(pattern) ?? []) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      ranges.push(range);
    }
  }
  return ranges;
}
