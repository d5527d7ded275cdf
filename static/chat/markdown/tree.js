/**
 * A part of a document: a container of other blocks, or a leaf, which holds text.
 *
 * @typedef {object} Block
 * @property {string} type
 * @property {Block | null} parent
 * @property {boolean} isOpen whether more of it may arrive
 * @property {string} text a leaf's text so far
 * @property {string} pending the end of `text` that the listener has not consumed
 * @property {string} line a paragraph's last line
 * @property {boolean} isFormulaOpen whether a formula is open at the start of `line`
 * @property {number} indent the columns that indent the content of a list item, a footnote or fenced code
 * @property {boolean} isComplete whether fenced code has its closing fence
 * @property {boolean} isEmpty whether a container has no block yet
 * @property {string} mark the marker of a list, the fence of code, or the closing delimiter of a formula
 * @property {number} level of a heading, 1 to 6
 * @property {number} start the first number of a list
 * @property {string} label the label of a footnote, the language of code, or the kind of alert that a quote is
 * @property {boolean} isExpanded whether an element that folds its content begins unfolded
 * @property {boolean | null} isDone whether a task is done; null for an item that isn't a task
 * @property {string[]} align the alignment of each column of a table: `left`, `center`, `right` or empty
 *
 * @typedef {object} Listener what follows the parser's events, such as a renderer
 * @property {(block: Block) => void} opened
 * @property {(block: Block) => void} changed text was appended to the block
 * @property {(block: Block) => void} closed
 * @property {(block: Block) => void} dropped the block turned out to be something else and must be removed
 * @property {(label: string, href: string) => void} defined a link reference definition was read
 */

/** The open blocks: the nested containers, outermost first, and the leaf that receives text. */
export class BlockTree {
  /** @type {Block[]} */ containers = [newBlock("document", null, {})];
  /** @type {Block | null} */ leaf = null;
  /** @type {Block | null} the leaf that goes on if the open one turns out to be text */ #suspended = null;
  #listener;

  /** @param {Listener} listener */
  constructor(listener) {
    this.#listener = listener;
  }

  /**
   * Append text to the open leaf, if there is one.
   *
   * @param {string} text
   */
  append(text) {
    const leaf = this.leaf;
    if (!text || !leaf) return;
    leaf.text += text;
    leaf.pending += text;
    if (leaf.type === "paragraph") leaf.line += text;
    this.#listener.changed(leaf);
  }

  /**
   * Open a container in the innermost one.
   *
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  openContainer(type, properties) {
    const block = this.#open(type, { isEmpty: true, ...properties });
    this.containers.push(block);
  }

  /**
   * Open a leaf in the innermost container.
   *
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  openLeaf(type, properties) {
    this.leaf = this.#open(type, properties);
  }

  /**
   * Open a leaf that may turn out to be text. Then it is dropped, and the open leaf goes on.
   *
   * @param {string} type
   * @param {Partial<Block>} properties
   */
  openUnconfirmed(type, properties) {
    this.#suspended = this.leaf;
    this.openLeaf(type, properties);
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
   * Replace the open leaf by one of another type.
   *
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

  /**
   * Remove the open leaf, which turned out to be something else.
   *
   * @param {Block} leaf
   */
  drop(leaf) {
    this.leaf = this.#suspended;
    this.#suspended = null;
    this.#listener.dropped(leaf);
  }

  /** Close the open leaf, if there is one, and the one that it suspended. */
  closeLeaf() {
    const leaves = [this.#suspended, this.leaf];
    this.leaf = this.#suspended = null;
    for (const leaf of leaves) {
      if (!leaf) continue;
      leaf.isOpen = false;
      this.#listener.closed(leaf);
    }
  }

  /**
   * Close the open leaf and all but the outermost containers.
   *
   * @param {number} depth how many containers stay open
   */
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
    isExpanded: false,
    isDone: null,
    align: [],
    ...properties,
  };
}
