/**
 * Return an index at which a text can be cut: this one, or the next one if this one is within a pair of surrogates.
 *
 * @param {string} text
 * @param {number} at
 */
export function pastHalf(text, at) {
  return /[\ud800-\udbff]/.test(text[at - 1] ?? "") ? at + 1 : at;
}
