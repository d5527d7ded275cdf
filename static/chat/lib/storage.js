/** What this tab keeps across reloads, as JSON in `sessionStorage`. If that is disabled, nothing is kept. */

/**
 * Return the value of a key, or null.
 *
 * @param {string} key
 */
export function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Store a value under a key; null removes the key. Return whether that worked: the storage may be full.
 *
 * @param {string} key
 * @param {unknown} value
 */
export function write(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
