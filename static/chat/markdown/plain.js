/** @typedef {import("chat/markdown/inline").Inline} Inline */

/**
 * The words of a text without its marks.
 *
 * @param {Inline[]} nodes
 * @param {(text: string) => string} [ofWhole] what to make of the words of code, formulas and links, which belong together
 * @returns {string}
 */
export function plainText(nodes, ofWhole = (text) => text) {
  return nodes.map((node) => plainNode(node, ofWhole)).join("");
}

/**
 * @param {Inline} node
 * @param {(text: string) => string} ofWhole
 */
function plainNode({ type, text = "", children = [] }, ofWhole) {
  switch (type) {
    case "text":
      return text;
    case "break":
      return " ";
    case "footnote":
      return "";
    case "code":
    case "math":
      return ofWhole(text);
    case "link":
    case "image":
    case "reference":
      return ofWhole(plainText(children));
    default:
      return plainText(children, ofWhole);
  }
}
