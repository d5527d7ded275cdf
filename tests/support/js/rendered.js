/** A renderer without a browser: the blocks and inline nodes of a text, and the text that a reader sees. */

import "./modules.js";

const { BlockParser } = await import("chat/markdown/blocks");
const { InlineContent } = await import("chat/markdown/text");
const { splitCells } = await import("chat/markdown/block-syntax");
const { normalizeLabel } = await import("chat/markdown/syntax");

/** A renderer that follows the parser's events as the page's renderer does. */
export class Renderer {
  root = { type: "document", children: [] };
  definitions = new Map();
  isEnded = false;
  #nodes = new Map();
  #blocks = new BlockParser({
    opened: (block) => {
      if (block.type === "comment") return;
      const node = { ...block, children: [], content: new InlineContent(), inline: [], open: [], text: "" };
      this.#nodes.set(block, node);
      this.#of(block.parent).children.push(node);
    },
    changed: (block) => this.#changed(this.#of(block), block),
    closed: (block) => this.#changed(this.#of(block), block),
    dropped: (block) => {
      if (block.type === "comment") return;
      const { children } = this.#of(block.parent);
      children.splice(children.indexOf(this.#of(block)), 1);
    },
    defined: (label, href) => {
      if (!this.definitions.has(normalizeLabel(label))) this.definitions.set(normalizeLabel(label), href);
    },
  });

  write(text) {
    this.#blocks.write(text);
    return this;
  }

  end() {
    this.#blocks.end();
    this.isEnded = true;
    return this;
  }

  #of(block) {
    return this.#nodes.get(block) ?? this.root;
  }

  #changed(node, block) {
    if (block.type === "comment") return;
    node.isOpen = block.isOpen;
    if (block.type === "code" || block.type === "math") {
      node.text += block.pending;
      block.pending = "";
    } else if (block.type === "row") {
      const all = splitCells(block.text);
      node.children = all.map((cell, at) => {
        const last = { type: "cell", line: "", pending: cell, isOpen: block.isOpen && at === all.length - 1 };
        return { type: "cell", inline: inlineOf([...new InlineContent().update(last)]) };
      });
    } else {
      const parts = [...node.content.update(block)];
      node.inline.length -= node.open.length;
      node.inline.push(...inlineOf(parts));
      node.open = parts.at(-1)?.open ?? [];
    }
  }
}

const inlineOf = (parts) => [...parts.flatMap(({ settled }) => settled), ...(parts.at(-1)?.open ?? [])];

/**
 * Render a whole text.
 *
 * @param {string} text
 */
export const rendered = (text) => new Renderer().write(text).end();

/**
 * Return the visible text.
 *
 * @param {Renderer} renderer
 */
export function visible(renderer) {
  const words = (nodes) =>
    nodes
      .map((node) => {
        if (node.type === "break") return " ";
        if (node.type === "footnote") return "";
        if (node.type === "reference") {
          const isKnown = renderer.definitions.has(normalizeLabel(node.label)) || (!renderer.isEnded && node.suffix);
          return isKnown ? words(node.children) : `[${words(node.children)}]${node.suffix}`;
        }
        return node.text ?? words(node.children ?? []);
      })
      .join("");
  const blocks = (nodes) =>
    nodes
      .filter(({ type }) => type !== "footnote")
      .map((node) => {
        if (node.type === "math") return node.isOpen ? "" : node.text;
        if (node.type === "code") return node.text;
        if (node.inline?.length) return words(node.inline);
        return blocks(node.children ?? []);
      })
      .join(" ");
  return blocks(renderer.root.children).replace(/\s+/g, " ").trim();
}

/**
 * Return everything that was rendered as a string, for comparisons.
 *
 * @param {Renderer} renderer
 */
export function treeOf({ root, definitions }) {
  const ignored = new Set(["parent", "content", "open", "pending", "line", "isOpen", "isEmpty"]);
  const tree = JSON.stringify(root, (key, value) => {
    if (ignored.has(key)) return undefined;
    return Array.isArray(value) ? joined(value) : value;
  });
  return tree + JSON.stringify([...definitions]);
}

/**
 * Join adjacent text nodes.
 *
 * @param {any[]} nodes
 */
function joined(nodes) {
  const all = [];
  for (const node of nodes) {
    const last = all.at(-1);
    if (last?.type === "text" && node.type === "text")
      all[all.length - 1] = { type: "text", text: last.text + node.text };
    else all.push(node);
  }
  return all;
}
