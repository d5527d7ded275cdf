/** The order of a table's rows by one column. */

import { isObject } from "chat/answer/structured/schema";
import { language } from "chat/answer/structured/words";

/** @typedef {{column: string, isDescending: boolean}} Order */

/**
 * Return the order as `aria-sort` says it.
 *
 * @param {Order | undefined} order
 */
export const inOrder = (order) => (order?.isDescending ? "descending" : "ascending");

/**
 * Return the rows in order. Those with the same value stay in theirs, and those without one come last either way.
 *
 * @param {unknown[]} rows
 * @param {Order} order
 */
export function sorted(rows, { column, isDescending }) {
  const { compare } = new Intl.Collator(language(), { numeric: true });
  const sign = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: keyOf(isObject(row) && Object.hasOwn(row, column) ? row[column] : undefined) }))
    .sort(({ key: a }, { key: b }) => {
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
      if (typeof a === "number" && typeof b === "number") return sign * (a - b);
      // Numbers come before texts.
      if (typeof a !== typeof b) return sign * (typeof a === "number" ? -1 : 1);
      return sign * compare(String(a), String(b));
    })
    .map(({ row }) => row);
}

/**
 * @param {unknown} value
 * @returns {number | string | undefined}
 */
function keyOf(value) {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "number" || typeof value === "string") return value;
  if (typeof value === "boolean") return Number(value);
  return Array.isArray(value) ? value.join(", ") : JSON.stringify(value);
}
