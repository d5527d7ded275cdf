/** What this tab keeps over a reload, as JSON in its `sessionStorage`. Where that is switched off, nothing is kept. */

/**
 * Return what is kept under a key, or null.
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
 * Keep a value under a key; null removes what is there. Return whether that worked: the storage may be full.
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
