/** Numbers in an answer's text where it cites a file: the API says only behind which character of the source that is. */

import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {import("chat/items/citations").Source} Source */
/** @typedef {{index: number, number: number, source: Source}} CitedPlace `number` is that in the list of the sources */

/** How many letters and digits before a citation are looked for in what is drawn. */
const ANCHOR_LENGTH = 24;
const SIGN = /[\p{L}\p{N}]/u;
/** Where a link leads: it isn't drawn. */
const TARGET = /\]\([^()\s]*\)/g;
/** What may stand between the last letter and the number. */
const ENDING = /^[^\s\p{L}\p{N}]{0,3}/u;
const OURS = ".source-mark, .source-number";

/**
 * Put the numbers into the text of an output. If it has several texts, nobody knows which one is meant.
 *
 * @param {Element} output
 * @param {CitedPlace[]} places
 */
export function markPlaces(output, places) {
  const texts = /** @type {NodeListOf<import("chat/markdown/render/element").MarkdownText>} */ (
    output.querySelectorAll(":scope > markdown-text")
  );
  const [text] = texts;
  // Until its end, the text is rendered anew, and is marked when that is done.
  if (texts.length !== 1 || !text.isComplete) return;
  for (const mark of text.querySelectorAll(".cited-place")) mark.remove();
  const characters = [...text.text];
  // From the end, so that what is found before stays where it is.
  for (const place of places.toSorted((one, other) => other.index - one.index)) {
    const nodes = textNodes(text);
    const drawn = nodes.map(({ data }) => data);
    const found = placeIn(drawn, characters.slice(0, place.index).join(""));
    if (found) nodes[found.node].splitText(found.offset).before(markFor(place));
  }
}

/**
 * Return where in drawn texts something stands, by what comes before it in the source; null if that isn't there.
 *
 * Letters and digits are what a source and its drawing have in common.
 *
 * @param {string[]} drawn
 * @param {string} before
 */
export function placeIn(drawn, before) {
  const said = signsOf(before.replaceAll(TARGET, "]"));
  const anchor = said.slice(-ANCHOR_LENGTH);
  if (!anchor) return null;
  let signs = "";
  /** @type {{node: number, offset: number}[]} behind each sign */ const ends = [];
  for (const [node, text] of drawn.entries()) {
    let offset = 0;
    for (const character of text) {
      offset += character.length;
      if (!SIGN.test(character)) continue;
      signs += character;
      for (let unit = 0; unit < character.length; unit += 1) ends.push({ node, offset });
    }
  }
  const at = nthIndexOf(signs, anchor, countOf(said, anchor));
  if (at < 0) return null;
  const { node, offset } = ends[at + anchor.length - 1];
  return { node, offset: offset + (ENDING.exec(drawn[node].slice(offset))?.[0].length ?? 0) };
}

/** @param {string} text */
const signsOf = (text) => [...text].filter((character) => SIGN.test(character)).join("");

/**
 * @param {string} text
 * @param {string} part
 */
function countOf(text, part) {
  let count = 0;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) count += 1;
  return count;
}

/**
 * @param {string} text
 * @param {string} part
 * @param {number} count
 */
function nthIndexOf(text, part, count) {
  let at = -1;
  for (let left = count; left > 0; left -= 1) {
    at = text.indexOf(part, at + 1);
    if (at < 0) return -1;
  }
  return at;
}

/** @param {Element} element */
function textNodes(element) {
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = /** @type {Text} */ (walker.currentNode);
    if (!node.parentElement?.closest(OURS)) found.push(node);
  }
  return found;
}

/** @param {CitedPlace} place */
function markFor({ number, source: { title, url, host } }) {
  const name = host ? `${title}, ${host}` : title;
  const mark = document.createElement(url ? "a" : "span");
  mark.className = "source-mark cited-place";
  mark.textContent = String(number);
  mark.title = name;
  if (mark instanceof HTMLAnchorElement) {
    mark.href = url;
    mark.target = "_blank";
    mark.rel = "noopener";
    mark.ariaLabel = interpolate(gettext("Source %(number)s: %(name)s"), { number, name });
  }
  return mark;
}
