/** @typedef {import("chat/markdown/inline-state").Inline} Inline */

/**
 * Return the plain text of inline nodes.
 *
 * @param {Inline[]} nodes
 * @param {(text: string) => string} [mapWhole] maps the text of code, formulas and links, each of which is one unit
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
