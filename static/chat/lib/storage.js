/**
 * What this tab (`sessionStorage`) or this browser (`localStorage`) keeps across reloads, as JSON. If the person has
 * turned storage off, nothing is kept.
 *
 * @typedef {"sessionStorage" | "localStorage"} Area
 */

/**
 * Return the value of a key, or null.
 *
 * @param {string} key
 * @param {Area} area
 */
export function read(key, area = "sessionStorage") {
  try {
    return JSON.parse(globalThis[area].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Store a value under a key; null removes the key. Return whether that worked: the storage may be full.
 *
 * @param {string} key
 * @param {unknown} value
 * @param {Area} area
 */
export function write(key, value, area = "sessionStorage") {
  try {
    if (value === null) globalThis[area].removeItem(key);
    else globalThis[area].setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

/** Forget everything that this tab keeps. */
export function forgetTab() {
  try {
    sessionStorage.clear();
  } catch {
    // It is turned off, so there is nothing.
  }
}
