import { find, fromTemplate } from "chat/lib/dom";
import { splitCells } from "chat/markdown/block-syntax";
import { watchScroller } from "chat/markdown/render/scroller";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/render/inline").InlineRenderer} InlineRenderer
 */

/** How many empty cells fill up the short rows of one table. A short text must not make any number of cells. */
const MAX_FILLED = 1000;
/** @type {WeakMap<Block, number>} how many cells have filled up rows of a table */
const filled = new WeakMap();

/** The most rows in a table element. A browser lays it out as a whole, so longer tables continue in another one. */
const MAX_ROWS = 100;

/** Return an empty table, in a box that scrolls if it is wider than the text, with a button that copies it. */
export function createTable() {
  const block = fromTemplate("#table-template", HTMLElement);
  const scroller = find(block, ".table", HTMLElement);
  scroller.append(pieceOf(document.createElement("table")));
  watchScroller(scroller);
  return block;
}

/**
 * Wrap a table in a block, because a browser skips the layout of blocks that are out of view, but not of tables.
 *
 * @param {HTMLTableElement} table
 */
function pieceOf(table) {
  const piece = document.createElement("div");
  piece.append(table);
  return piece;
}

/**
 * Add a row at the table's end and return it. The first one is the header.
 *
 * @param {HTMLElement} block
 */
export function addRow(block) {
  const last = /** @type {HTMLElement} */ (find(block, ".table", HTMLElement).lastElementChild);
  let table = /** @type {HTMLTableElement} */ (last.firstElementChild);
  if (!table.tHead) return table.createTHead().insertRow();
  if (table.rows.length > MAX_ROWS) {
    const head = table.tHead.cloneNode(true);
    table = document.createElement("table");
    table.append(head);
    const next = pieceOf(table);
    for (const piece of [last, next]) piece.className = "piece";
    last.after(next);
  }
  return (table.tBodies[0] ?? table.createTBody()).insertRow();
}

/**
 * Render the part of a row that has arrived.
 *
 * @param {HTMLTableRowElement} row
 * @param {Block} block
 * @param {(cell: HTMLElement) => InlineRenderer} createRenderer
 */
export function renderRow(row, block, createRenderer) {
  const table = /** @type {Block} */ (block.parent);
  const isHead = row.parentElement instanceof HTMLTableSectionElement && row.parentElement.tagName === "THEAD";
  const texts = splitCells(block.text);
  const missing = Math.max(0, table.align.length - texts.length);
  const before = filled.get(table) ?? 0;
  const columns = before + missing > MAX_FILLED ? table.align.slice(0, texts.length) : table.align;
  if (!block.isOpen) filled.set(table, before + missing);
  row.replaceChildren(
    ...columns.map((alignment, at) => {
      const cell = document.createElement(isHead ? "th" : "td");
      if (isHead) cell.scope = "col";
      if (alignment) cell.align = alignment;
      const isOpen = block.isOpen && at === texts.length - 1;
      createRenderer(cell).update({ ...block, type: "cell", pending: texts[at] ?? "", isOpen });
      return cell;
    }),
  );
}
