/** @typedef {import("chat/markdown/inline").Inline} Inline */

/**
 * The words of a text without its marks.
 *
 * @param {Inline[]} nodes
 * @param {(text: string) => string} [mapWhole] what to make of the words of code, formulas and links, which belong together
 * @returns {string}
 */
export function plainText(nodes, mapWhole = (text) => text) {
  return nodes.map((node) => plainNode(node, mapWhole)).join("");
}

/**
 * @param {Inline} node
 * @param {(text: string) => string} mapWhole
 */
function plainNode({ type, text = "", children = [] }, mapWhole) {
  switch (type) {
    case "text":
      return text;
    case "break":
      return " ";
    case "footnote":
      return "";
    case "code":
    case "math":
      return mapWhole(text);
    case "link":
    case "image":
    case "reference":
      return mapWhole(plainText(children));
    default:
      return plainText(children, mapWhole);
  }
}
