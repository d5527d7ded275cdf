/** A list of objects as a table: sorted by any column, a page of rows at a time. */

import { toCsv } from "chat/answer/structured/csv";
import { isObject } from "chat/answer/structured/schema";
import { inOrder, sorted } from "chat/answer/structured/sorting";
import { numberInWords } from "chat/answer/structured/words";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { watchScroller } from "chat/markdown/render/scroller";

/**
 * @typedef {import("chat/answer/structured/schema").Described} Described
 * @typedef {import("chat/answer/structured/sorting").Order} Order
 * @typedef {(cell: HTMLElement, value: unknown, described: Described, label: string) => void} FillCell
 */

/** Rows in the page at a time: as many as a browser lays out at once, on a phone too. */
export const PAGE_SIZE = 100;
const MAX_COLUMNS = 100;

/**
 * Events, which bubble: `take`, whose detail says how the rows are to be taken out as CSV ("copy" or "download"), and
 * `announce`, whose detail is for screen readers.
 */
export class StructuredTable extends HTMLElement {
  /** @type {unknown[]} */
  #rows = [];
  /** @type {string[]} the names of the columns */
  #columns = [];
  /** @type {Order | undefined} */
  #order = undefined;
  #first = 0;
  /** @type {Described} of a row */
  #described;
  #label;
  #fillCell;
  /** How many rows of the page are drawn and can't change any more. */
  #settled = 0;

  /**
   * @param {Described} described
   * @param {string} label
   * @param {FillCell} fillCell
   */
  constructor(described, label, fillCell) {
    super();
    this.#described = described.of({});
    this.#label = label;
    this.#fillCell = fillCell;
  }

  connectedCallback() {
    if (this.firstElementChild) return;
    this.append(fromTemplate("#structured-table-template", HTMLElement));
    find(this, "caption", HTMLElement).textContent = this.#label;
    const scroller = find(this, ".table", HTMLElement);
    scroller.ariaLabel = this.#label;
    watchScroller(scroller);
    this.addEventListener("click", (event) => this.#press(event));
    this.update(this.#rows);
  }

  get label() {
    return this.#label;
  }

  /** The rows as CSV, in the order that is shown. */
  get csv() {
    return toCsv(this.#ordered, this.#columns);
  }

  /** Show the rows, which are those of before and more. @param {unknown[]} rows */
  update(rows) {
    const hasFewer = rows.length < this.#rows.length || rows !== this.#rows;
    this.#rows = rows;
    if (!this.firstElementChild) return;
    if (this.#noteColumns() || hasFewer || this.#order) this.#settled = 0;
    this.#draw();
  }

  /** Return whether there are new columns. The last row may have got them; others had them before. */
  #noteColumns() {
    if (!this.#columns.length) this.#columns = this.#described.names.slice(0, MAX_COLUMNS);
    const before = this.#columns.length;
    for (const row of this.#rows.slice(Math.min(this.#settled, PAGE_SIZE), PAGE_SIZE)) {
      for (const name of isObject(row) ? Object.keys(row) : []) {
        if (!this.#columns.includes(name) && this.#columns.length < MAX_COLUMNS) this.#columns.push(name);
      }
    }
    if (before && this.#columns.length === before && this.#head.childElementCount) return false;
    this.#drawHead();
    return true;
  }

  #drawHead() {
    this.#head.replaceChildren(
      ...this.#columns.map((name) => {
        const described = this.#described.property(name);
        const head = fromTemplate("#structured-column-template", HTMLTableCellElement);
        const button = find(head, "button", HTMLButtonElement);
        button.dataset.column = name;
        button.prepend(described.label(name));
        button.title = described.description;
        head.classList.toggle("number", isNumber(described));
        return head;
      }),
    );
    this.#noteOrder();
  }

  /** Draw the rows of the page that aren't settled. */
  #draw() {
    const body = find(this, "tbody", HTMLTableSectionElement);
    const rows = this.#ordered.slice(this.#first, this.#first + PAGE_SIZE);
    while (body.rows.length > this.#settled) body.deleteRow(-1);
    for (const row of rows.slice(this.#settled)) body.append(this.#rowOf(row));
    // The last one may grow.
    this.#settled = Math.max(0, rows.length - (this.#first + rows.length === this.#rows.length ? 1 : 0));
    this.#drawPlace(rows.length);
  }

  /** @param {unknown} row */
  #rowOf(row) {
    const element = document.createElement("tr");
    for (const name of this.#columns) {
      const cell = element.insertCell();
      const described = this.#described.property(name);
      cell.dir = "auto";
      cell.classList.toggle("number", isNumber(described));
      const value = isObject(row) && Object.hasOwn(row, name) ? row[name] : undefined;
      if (value !== undefined) this.#fillCell(cell, value, described, described.label(name));
    }
    return element;
  }

  /** @param {number} count of the rows of the page */
  #drawPlace(count) {
    const all = this.#rows.length;
    const isPaged = all > PAGE_SIZE;
    for (const button of this.#pagers) button.hidden = !isPaged;
    // One that has the focus can't be disabled without losing it.
    this.#pagers[0].ariaDisabled = String(this.#first === 0);
    this.#pagers[1].ariaDisabled = String(this.#first + PAGE_SIZE >= all);
    const values = {
      first: numberInWords(this.#first + 1),
      last: numberInWords(this.#first + count),
      count: numberInWords(all),
    };
    const text = isPaged
      ? gettext("%(first)s–%(last)s of %(count)s")
      : ngettext("%(count)s entry", "%(count)s entries", all);
    find(this, ".place", HTMLElement).textContent = interpolate(text, values);
  }

  /** @param {Event} event */
  #press({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement) || button.closest("structured-table") !== this) return;
    if (button.dataset.column !== undefined) this.#sort(button.dataset.column);
    else if (button.dataset.step && button.ariaDisabled !== "true") this.#turn(Number(button.dataset.step));
    else if (button.dataset.take) {
      this.dispatchEvent(new CustomEvent("take", { detail: button.dataset.take, bubbles: true }));
    }
  }

  /** @param {number} step */
  #turn(step) {
    this.#first = Math.max(0, this.#first + step * PAGE_SIZE);
    this.#settled = 0;
    this.#draw();
    const place = find(this, ".place", HTMLElement).textContent;
    this.dispatchEvent(new CustomEvent("announce", { detail: place, bubbles: true }));
  }

  /** @param {string} column */
  #sort(column) {
    const isSame = this.#order?.column === column;
    if (isSame && this.#order?.isDescending) this.#order = undefined;
    else this.#order = { column, isDescending: isSame };
    this.#first = this.#settled = 0;
    this.#noteOrder();
    this.#draw();
  }

  #noteOrder() {
    for (const head of this.#head.children) {
      const column = find(head, "button", HTMLButtonElement).dataset.column;
      head.ariaSort = column === this.#order?.column ? inOrder(this.#order) : null;
    }
  }

  get #ordered() {
    return this.#order ? sorted(this.#rows, this.#order) : this.#rows;
  }

  get #head() {
    return find(this, "thead tr", HTMLTableRowElement);
  }

  get #pagers() {
    return /** @type {HTMLButtonElement[]} */ ([...this.querySelectorAll(":scope > div > .below [data-step]")]);
  }
}

/** @param {Described} described */
function isNumber({ type }) {
  return type === "number" || type === "integer";
}

customElements.define("structured-table", StructuredTable);
