import { objects } from "chat/items/blocks";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { visible } from "chat/lib/visible";

/** Longer texts are folded, and so is what stands deep in something else. */
const MAX_OPEN_CHARACTERS = 400;
const MAX_OPEN_LINES = 8;
/** How much of what is folded is seen. */
const MAX_SUMMARY_CHARACTERS = 100;
/** Of a list or of an object. */
const MAX_ENTRIES = 100;
const MAX_COLUMNS = 12;
/** How deep objects and lists are drawn in each other. Deeper ones are JSON. */
const MAX_DEPTH = 5;
/** Of all that is drawn. The others are JSON. */
const MAX_VALUES = 2000;
/** Of the JSON of all that there is. */
const MAX_JSON_CHARACTERS = 100_000;

/** JSON as people read it: the names and values of objects, tables of objects, and lists. Nothing in it is HTML. */
export class ValueList extends HTMLElement {
  #json = "";

  /** Show an object, or a list. */
  set json(/** @type {string} */ json) {
    if (json === this.#json) return;
    this.#json = json;
    const value = JSON.parse(json);
    const drawing = new Drawing();
    this.replaceChildren(drawing.draw(value));
    if (drawing.isCut) this.append(whole(value));
  }
}

/** What is drawn of one value, bounded in all directions. */
class Drawing {
  /** Whether there is more than is drawn. */
  isCut = false;
  #left = MAX_VALUES;

  /**
   * Return the element of a value.
   *
   * @param {unknown} value
   * @param {number} [depth] of what it stands in
   * @returns {HTMLElement}
   */
  draw(value, depth = 0) {
    const isNested = typeof value === "object" && value && Object.keys(value).length > 0;
    if (!isNested || depth >= MAX_DEPTH || this.#left-- <= 0) return plain(value);
    const element = Array.isArray(value) ? this.#list(value, depth) : this.#names(value, depth);
    // What an object has is what somebody looks for. What stands in that would hide it.
    const isOpen = depth < 2 || JSON.stringify(value).length <= MAX_OPEN_CHARACTERS;
    return isOpen ? element : folded(JSON.stringify(value), element);
  }

  /** @param {object} value @param {number} depth */
  #names(value, depth) {
    const list = document.createElement("dl");
    const entries = Object.entries(value);
    for (const [name, each] of entries.slice(0, MAX_ENTRIES)) {
      const definition = document.createElement("dd");
      definition.append(this.draw(each, depth + 1));
      list.append(withText("dt", visible(name)), definition);
    }
    if (entries.length > MAX_ENTRIES) list.append(withText("dd", this.#more(entries.length - MAX_ENTRIES)));
    return list;
  }

  /** @param {unknown[]} values @param {number} depth */
  #list(values, depth) {
    if (objects(values).length === values.length) return this.#table(objects(values), depth);
    const list = document.createElement("ul");
    for (const each of values.slice(0, MAX_ENTRIES)) {
      const entry = document.createElement("li");
      entry.append(this.draw(each, depth + 1));
      list.append(entry);
    }
    if (values.length > MAX_ENTRIES) list.append(withText("li", this.#more(values.length - MAX_ENTRIES)));
    return list;
  }

  /** @param {Record<string, unknown>[]} values @param {number} depth */
  #table(values, depth) {
    const rows = values.slice(0, MAX_ENTRIES);
    const all = [...new Set(rows.flatMap(Object.keys))];
    const columns = all.slice(0, MAX_COLUMNS);
    const element = document.createElement("table");
    const head = element.createTHead().insertRow();
    for (const column of columns) {
      const cell = withText("th", visible(column));
      cell.setAttribute("scope", "col");
      head.append(cell);
    }
    const body = element.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const column of columns)
        line.insertCell().append(row[column] === undefined ? "" : this.draw(row[column], depth + 1));
    }
    const left = [
      values.length > rows.length ? this.#more(values.length - rows.length) : "",
      all.length > columns.length ? this.#moreColumns(all.length - columns.length) : "",
    ].filter(Boolean);
    if (left.length) element.createCaption().textContent = left.join(" · ");
    return element;
  }

  /** @param {number} count */
  #more(count) {
    this.isCut = true;
    return interpolate(gettext("and %(count)s more"), { count });
  }

  /** @param {number} count */
  #moreColumns(count) {
    this.isCut = true;
    return interpolate(ngettext("%(count)s more column", "%(count)s more columns", count), { count });
  }
}

/** @param {unknown} value */
function plain(value) {
  const isText = typeof value === "string";
  const text = isText ? value : JSON.stringify(value, null, 2);
  const element = withText(isText || typeof value !== "object" || !value ? "span" : "pre", visible(text));
  element.dir = isText ? "auto" : "ltr";
  const isOpen = text.length <= MAX_OPEN_CHARACTERS && text.split("\n", MAX_OPEN_LINES + 1).length <= MAX_OPEN_LINES;
  return isOpen ? element : folded(text, element);
}

/**
 * Return an element behind its first words.
 *
 * @param {string} text
 * @param {HTMLElement} element
 */
function folded(text, element) {
  const details = document.createElement("details");
  const words = text.slice(0, MAX_SUMMARY_CHARACTERS).replaceAll(/\s+/g, " ");
  details.append(withText("summary", visible(words.concat("…"))), element);
  return details;
}

/**
 * Return the JSON of all that there is, which is written when somebody opens it.
 *
 * @param {unknown} value
 */
function whole(value) {
  const [details, block] = [document.createElement("details"), document.createElement("pre")];
  details.append(withText("summary", gettext("All as JSON")), block);
  details.addEventListener("toggle", () => {
    if (block.textContent) return;
    const text = JSON.stringify(value, null, 2);
    const isCut = text.length > MAX_JSON_CHARACTERS;
    block.textContent = visible(isCut ? `${text.slice(0, MAX_JSON_CHARACTERS)}…` : text);
  });
  return details;
}

/**
 * @param {string} tag
 * @param {string} text
 */
function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

customElements.define("value-list", ValueList);
