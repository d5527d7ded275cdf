/**
 * What is written but not sent, and what is sent but not taken yet, kept for this tab so that a reload loses nothing.
 *
 * @typedef {import("chat/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/protocol").Part} Part
 */

/**
 * @param {string} key
 * @returns {Part[]}
 */
export const readDraft = (key) => read(`draft/${key}`) ?? [];

/**
 * @param {string} key
 * @param {Part[]} content
 */
export const writeDraft = (key, content) => write(`draft/${key}`, content.length ? content : null);

/**
 * @param {string} key
 * @returns {CreateCommand | null}
 */
export const readAsked = (key) => read(`asked/${key}`);

/**
 * @param {string} key
 * @param {CreateCommand | null} command
 */
export const writeAsked = (key, command) => write(`asked/${key}`, command);

/** @param {string} key */
function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {unknown} value
 */
function write(key, value) {
  try {
    if (value === null) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Full, or switched off: then a reload loses the draft, and nothing else.
  }
}
