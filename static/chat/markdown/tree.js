/**
 * A part of a text: a container of others, or a leaf, which holds words.
 *
 * @typedef {object} Block
 * @property {string} type
 * @property {Block | null} parent
 * @property {boolean} isOpen whether more may come
 * @property {string} text a leaf's words so far
 * @property {string} pending those that whoever draws it has not taken yet
 * @property {string} line the last line of them
 * @property {boolean} isFormulaOpen whether the lines before that one end amid mathematics
 * @property {number} indent the columns before what a list's item, a footnote or fenced code holds
 * @property {boolean} isComplete whether fenced code has its end
 * @property {boolean} isEmpty whether a container holds nothing yet
 * @property {string} mark what marks a list, fences code, or ends mathematics
 * @property {number} level of a heading
 * @property {number} start a list's first number
 * @property {string} label a footnote's, or code's language
 * @property {boolean | null} isDone of a task; null for what is none
 * @property {string[]} align a table's columns
 *
 * @typedef {object} Listener who draws the blocks
 * @property {(block: Block) => void} opened
 * @property {(block: Block) => void} changed its words grew
 * @property {(block: Block) => void} closed
 * @property {(block: Block) => void} dropped it turned out to be something else
 * @property {(label: string, href: string) => void} defined
 */

/** The blocks that are open: the containers in one another, and the leaf that takes the words. */
export class BlockTree {
  /** @type {Block[]} */ containers = [newBlock("document", null, {})];
  /** @type {Block | null} */ leaf = null;
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /** @param {string} text */
  append(text) {
    const leaf = this.leaf;
    if (!text || !leaf) return;
    leaf.text += text;
    leaf.pending += text;
    if (leaf.type === "paragraph") leaf.line += text;
    this.#listener.changed(leaf);
  }

  /**
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  openContainer(type, properties) {
    const block = this.#open(type, { isEmpty: true, ...properties });
    this.containers.push(block);
  }

  /**
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  openLeaf(type, properties) {
    this.leaf = this.#open(type, properties);
  }

  /**
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  #open(type, properties) {
    const parent = this.containers[this.containers.length - 1];
    parent.isEmpty = false;
    const block = newBlock(type, parent, properties);
    this.#listener.opened(block);
    return block;
  }

  /**
   * @param {Block} leaf
   * @param {string} type
   * @param {Partial<Block>} properties
   * @param {string} text
   */
  retype(leaf, type, properties, text) {
    this.drop(leaf);
    this.openLeaf(type, properties);
    this.append(text);
  }

  /** @param {Block} leaf */
  drop(leaf) {
    this.leaf = null;
    this.#listener.dropped(leaf);
  }

  closeLeaf() {
    if (!this.leaf) return;
    const leaf = this.leaf;
    this.leaf = null;
    leaf.isOpen = false;
    this.#listener.closed(leaf);
  }

  /** @param {number} depth how many containers stay open */
  close(depth) {
    this.closeLeaf();
    while (this.containers.length > depth) {
      const block = /** @type {Block} */ (this.containers.pop());
      block.isOpen = false;
      this.#listener.closed(block);
    }
  }
}

/**
 * @param {string} type
 * @param {Block | null} parent
 * @param {Partial<Block>} properties
 * @returns {Block}
 */
function newBlock(type, parent, properties) {
  return {
    type,
    parent,
    isOpen: true,
    text: "",
    pending: "",
    line: "",
    isFormulaOpen: false,
    indent: 0,
    isComplete: false,
    isEmpty: false,
    mark: "",
    level: 0,
    start: 0,
    label: "",
    isDone: null,
    align: [],
    ...properties,
  };
}
