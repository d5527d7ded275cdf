/** A tab's `sessionStorage`, which Node lacks. Like a browser's, it throws when it is full. */
export class TabStorage {
  #values = new Map();
  #room;

  /** @param {number} [room] in characters */
  constructor(room = Infinity) {
    this.#room = room;
  }

  get length() {
    return this.#values.size;
  }

  getItem(key) {
    return this.#values.get(key) ?? null;
  }

  setItem(key, value) {
    const others = [...this.#values].filter(([other]) => other !== key);
    const taken = others.reduce((sum, [other, kept]) => sum + other.length + kept.length, 0);
    if (taken + key.length + value.length > this.#room) throw new DOMException("full", "QuotaExceededError");
    this.#values.set(key, String(value));
  }

  removeItem(key) {
    this.#values.delete(key);
  }

  clear() {
    this.#values.clear();
  }
}
