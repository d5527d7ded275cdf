/**
 * Where the selection ends in the document; empty if nothing is selected. The browser says when that changes. Asking it
 * makes it lay out the page, each time that something has changed since.
 *
 * @type {{node: Node, offset: number}[]}
 */
let ends = [];

globalThis.document?.addEventListener("selectionchange", () => {
  ends = selectedEnds();
});

function selectedEnds() {
  const selection = getSelection();
  if (!selection || selection.isCollapsed) return [];
  const { anchorNode, anchorOffset, focusNode, focusOffset } = selection;
  return [
    { node: /** @type {Node} */ (anchorNode), offset: anchorOffset },
    { node: /** @type {Node} */ (focusNode), offset: focusOffset },
  ];
}

/**
 * Replace nodes in an element, and keep what a person has selected in it.
 *
 * @param {HTMLElement} element
 * @param {() => void} change must leave the element's text before the selection's ends about as it is
 */
export function keepSelection(element, change) {
  if (!ends.some(({ node }) => element.contains(node))) return change();
  // This one element may be changed several times before the browser says anything.
  ends = selectedEnds();
  const places = ends.map(({ node, offset }) => (element.contains(node) ? lengthBefore(element, node, offset) : -1));
  change();
  if (places.every((place) => place < 0)) return;
  const [anchor, focus] = ends.map((end, index) => (places[index] < 0 ? end : endAt(element, places[index])));
  getSelection()?.setBaseAndExtent(anchor.node, anchor.offset, focus.node, focus.offset);
  ends = [anchor, focus];
}

/**
 * @param {HTMLElement} element
 * @param {Node} node
 * @param {number} offset
 */
function lengthBefore(element, node, offset) {
  const range = document.createRange();
  range.setStart(element, 0);
  range.setEnd(node, offset);
  return range.toString().length;
}

/**
 * @param {HTMLElement} element
 * @param {number} length of the text before
 * @returns {{node: Node, offset: number}}
 */
function endAt(element, length) {
  const texts = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  let before = 0;
  while (texts.nextNode()) {
    const text = /** @type {Text} */ (texts.currentNode);
    if (before + text.length >= length) return { node: text, offset: length - before };
    before += text.length;
  }
  return { node: element, offset: element.childNodes.length };
}
