import { splitCells } from "chat/markdown/block-syntax";

/**
 * @typedef {import("chat/markdown/tree").Block} Block
 * @typedef {import("chat/markdown/render/inline").InlineRenderer} InlineRenderer
 */

/** The rows of one table: it is laid out as a whole, so what is longer goes on in one more, under the same head. */
const LONGEST = 100;

/** A table that scrolls by itself where it is wider than the text. */
export function createTable() {
  const scroller = document.createElement("div");
  scroller.className = "table";
  scroller.tabIndex = 0;
  scroller.append(pieceOf(document.createElement("table")));
  return scroller;
}

/**
 * A browser passes over what is not to be seen of a block, but never of a table.
 *
 * @param {HTMLTableElement} table
 */
function pieceOf(table) {
  const piece = document.createElement("div");
  piece.append(table);
  return piece;
}

/**
 * A new row at the table's end; its head, where it is the first.
 *
 * @param {HTMLElement} scroller
 */
export function addRow(scroller) {
  const last = /** @type {HTMLElement} */ (scroller.lastElementChild);
  let table = /** @type {HTMLTableElement} */ (last.firstElementChild);
  if (!table.tHead) return table.createTHead().insertRow();
  if (table.rows.length > LONGEST) {
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
 * Draws a row as far as it has come.
 *
 * @param {HTMLTableRowElement} row
 * @param {Block} block
 * @param {(cell: HTMLElement) => InlineRenderer} createRenderer
 */
export function renderRow(row, block, createRenderer) {
  const { align } = /** @type {Block} */ (block.parent);
  const isHead = row.parentElement instanceof HTMLTableSectionElement && row.parentElement.tagName === "THEAD";
  const words = splitCells(block.text);
  row.replaceChildren(
    ...align.map((alignment, at) => {
      const cell = document.createElement(isHead ? "th" : "td");
      if (isHead) cell.scope = "col";
      if (alignment) cell.align = alignment;
      const isOpen = block.isOpen && at === words.length - 1;
      createRenderer(cell).update({ ...block, type: "cell", pending: words[at] ?? "", isOpen });
      return cell;
    }),
  );
}
