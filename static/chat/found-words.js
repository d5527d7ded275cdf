/** The words that were searched for, where a found conversation is open. */

const WORD = /-?[\p{L}\p{N}_]+/gu;
const EDGE = "[\\p{L}\\p{N}_]";
const NAME = "found";
/** More than anybody looks at. */
const MOST = 500;

/**
 * What the words of a search look like in a text; null where it has none. The last one may be the beginning of a word.
 *
 * @param {string} query
 */
export function patternOf(query) {
  const words = [...query.matchAll(WORD)].filter(([word]) => !word.startsWith("-") && word.toLowerCase() !== "or");
  if (!words.length) return null;
  const forms = words.map(([word], at) => {
    const isLast = at === words.length - 1 && query.endsWith(word);
    return isLast ? `${word}${EDGE}*` : `${word}(?!${EDGE})`;
  });
  return new RegExp(`(?<!${EDGE})(?:${forms.join("|")})`, "giu");
}

/**
 * Marks the words in an element, and scrolls to the first of them.
 *
 * @param {Element} element
 * @param {string} query
 */
export function showWords(element, query) {
  const pattern = patternOf(query);
  const ranges = pattern ? rangesOf(element, pattern) : [];
  if (!ranges.length || !("highlights" in CSS)) return;
  CSS.highlights.set(NAME, new Highlight(...ranges));
  ranges[0].startContainer.parentElement?.scrollIntoView({ block: "center" });
}

export function hideWords() {
  if ("highlights" in CSS) CSS.highlights.delete(NAME);
}

/**
 * @param {Element} element
 * @param {RegExp} pattern
 */
function rangesOf(element, pattern) {
  const ranges = [];
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (texts.nextNode() && ranges.length < MOST) {
    for (const { 0: word, index } of texts.currentNode.textContent?.matchAll(pattern) ?? []) {
      const range = document.createRange();
      range.setStart(texts.currentNode, index);
      range.setEnd(texts.currentNode, index + word.length);
      ranges.push(range);
    }
  }
  return ranges;
}
