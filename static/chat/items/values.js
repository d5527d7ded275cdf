import { objects } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";

/** Longer texts are folded. */
const MAX_OPEN_CHARACTERS = 400;
const MAX_OPEN_LINES = 8;
/** How much of a folded text is seen. */
const MAX_SUMMARY_CHARACTERS = 100;
/** Of a list or of an object. */
const MAX_ENTRIES = 100;
const MAX_COLUMNS = 12;

/** JSON as people read it: the names and values of an object, or a table of the objects in a list. Nothing in it is HTML. */
export class ValueList extends HTMLElement {
  #json = "";

  /** Show an object, or a list of objects. */
  set json(/** @type {string} */ json) {
    if (json === this.#json) return;
    this.#json = json;
    const value = JSON.parse(json);
    this.replaceChildren(Array.isArray(value) ? table(value) : names(value));
  }
}

/** @param {Record<string, unknown>} value */
function names(value) {
  const list = document.createElement("dl");
  const entries = Object.entries(value);
  for (const [name, each] of entries.slice(0, MAX_ENTRIES)) {
    const [term, definition] = [document.createElement("dt"), document.createElement("dd")];
    term.textContent = name;
    definition.append(shown(each));
    list.append(term, definition);
  }
  if (entries.length <= MAX_ENTRIES) return list;
  const rest = document.createElement("dd");
  rest.textContent = more(entries.length - MAX_ENTRIES);
  list.append(rest);
  return list;
}

/** @param {unknown[]} values */
function table(values) {
  const rows = objects(values.slice(0, MAX_ENTRIES));
  const columns = [...new Set(rows.flatMap(Object.keys))].slice(0, MAX_COLUMNS);
  const element = document.createElement("table");
  const head = element.createTHead().insertRow();
  for (const column of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = column;
    head.append(cell);
  }
  const body = element.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    for (const column of columns) line.insertCell().append(row[column] === undefined ? "" : shown(row[column]));
  }
  if (values.length > MAX_ENTRIES) element.createCaption().textContent = more(values.length - MAX_ENTRIES);
  return element;
}

/** @param {unknown} value */
function shown(value) {
  const isText = typeof value === "string";
  const text = isText ? value : JSON.stringify(value, null, 2);
  const element = document.createElement(isText || typeof value !== "object" || !value ? "span" : "pre");
  element.dir = isText ? "auto" : "ltr";
  element.textContent = text;
  if (text.length <= MAX_OPEN_CHARACTERS && text.split("\n", MAX_OPEN_LINES + 1).length <= MAX_OPEN_LINES)
    return element;
  const [folded, summary] = [document.createElement("details"), document.createElement("summary")];
  summary.textContent = `${text.slice(0, MAX_SUMMARY_CHARACTERS).replaceAll(/\s+/g, " ")}…`;
  folded.append(summary, element);
  return folded;
}

/** @param {number} count */
const more = (count) => interpolate(gettext("and %(count)s more"), { count });

customElements.define("value-list", ValueList);
