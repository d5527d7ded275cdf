/** Tables as CSV (RFC 4180), with cells that no spreadsheet takes for a formula. */

import { isObject } from "chat/answer/structured/schema";

/** Spreadsheets calculate what begins so, even in a file that somebody else wrote. */
const FORMULA = /^[=+\-@\t\r]/;
const PLAIN_NUMBER = /^[-+]?\d+(?:\.\d+)?$/;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;
/** How deep objects in a row have columns of their own. */
const MAX_DEPTH = 3;

/**
 * Return rows as CSV: a line with the columns' names, and one for each row. The parts of an object in a row are columns
 * of their own.
 *
 * @param {unknown[]} rows
 * @param {string[]} names of the columns that come first
 */
export function toCsv(rows, names) {
  const flat = rows.map((row) => flattened(isObject(row) ? row : { value: row }));
  const rank = new Map(names.map((name, at) => [name, at]));
  const rankOf = (/** @type {string} */ column) => rank.get(column) ?? rank.get(column.split(".")[0]) ?? names.length;
  const used = [...new Set([...names, ...flat.flatMap((row) => [...row.keys()])])];
  // An object without a value of its own has only the columns of its parts.
  const parents = new Set(
    used.flatMap((column) => (column.includes(".") ? [column.slice(0, column.lastIndexOf("."))] : [])),
  );
  const columns = used
    .filter(
      (column) => !parents.has(column) || flat.some((row) => row.get(column) !== undefined && row.get(column) !== null),
    )
    .sort((a, b) => rankOf(a) - rankOf(b));
  const lines = flat.map((row) => columns.map((column) => cell(row.get(column))));
  return [columns.map(cell), ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}

/**
 * @param {Record<string, unknown>} row
 * @param {string} [prefix]
 * @param {number} [depth]
 * @param {Map<string, unknown>} [found]
 */
function flattened(row, prefix = "", depth = 1, found = new Map()) {
  for (const [name, value] of Object.entries(row)) {
    if (isObject(value) && depth < MAX_DEPTH) flattened(value, `${prefix}${name}.`, depth + 1, found);
    else found.set(prefix + name, value);
  }
  return found;
}

/** @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  const text = typeof value === "string" ? value : inOneCell(value);
  const safe = FORMULA.test(text) && !PLAIN_NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** @param {unknown} value */
function inOneCell(value) {
  const isPlainList = Array.isArray(value) && value.every((each) => typeof each !== "object");
  return isPlainList ? value.join("; ") : JSON.stringify(value);
}
