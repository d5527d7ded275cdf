/** What a text is drawn as, without a browser: its blocks and words, and what of them a reader sees. */

import "./modules.js";

const { BlockParser } = await import("chat/markdown/blocks");
const { InlineContent } = await import("chat/markdown/text");
const { splitCells } = await import("chat/markdown/block-syntax");

/** Draws as the page does, as the text arrives. */
export class Renderer {
  root = { type: "document", children: [] };
  definitions = new Map();
  isEnded = false;
  #nodes = new Map();
  #blocks = new BlockParser({
    opened: (block) => {
      const node = { ...block, children: [], words: new InlineContent(), inline: [], open: [], text: "" };
      this.#nodes.set(block, node);
      this.#of(block.parent).children.push(node);
    },
    changed: (block) => this.#changed(this.#of(block), block),
    closed: (block) => this.#changed(this.#of(block), block),
    dropped: (block) => {
      const { children } = this.#of(block.parent);
      children.splice(children.indexOf(this.#of(block)), 1);
    },
    defined: (label, href) => {
      if (!this.definitions.has(normal(label))) this.definitions.set(normal(label), href);
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
      const parts = [...node.words.update(block)];
      node.inline.length -= node.open.length;
      node.inline.push(...inlineOf(parts));
      node.open = parts.at(-1)?.open ?? [];
    }
  }
}

const inlineOf = (parts) => [...parts.flatMap(({ settled }) => settled), ...(parts.at(-1)?.open ?? [])];
const normal = (label) => label.trim().toLowerCase().replace(/\s+/g, " ");

/** @param {string} text */
export const rendered = (text) => new Renderer().write(text).end();

/** The words that are to be seen. @param {Renderer} renderer */
export function visible(renderer) {
  const words = (nodes) =>
    nodes
      .map((node) => {
        if (node.type === "break") return " ";
        if (node.type === "footnote") return "";
        if (node.type === "reference") {
          const isKnown = renderer.definitions.has(normal(node.label)) || (!renderer.isEnded && node.suffix);
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

/** All that was rendered, to be compared. @param {Renderer} renderer */
export function treeOf({ root, definitions }) {
  const left = new Set(["parent", "words", "open", "pending", "line", "isOpen", "isEmpty"]);
  const tree = JSON.stringify(root, (key, value) => {
    if (left.has(key)) return undefined;
    return Array.isArray(value) ? joined(value) : value;
  });
  return tree + JSON.stringify([...definitions]);
}

/** Texts beside each other are one. @param {any[]} nodes */
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
