/** JSON that is read while it arrives: each character once, whatever is there already. */

/** How deep lists and objects may be nested, so that what walks the value doesn't run out of stack. */
export const MAX_DEPTH = 100;

const SPACE = /[ \t\n\r]*/y;
/** What stands for itself in a string. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON has none in strings
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const WORD = /[-+.\w]*/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/;
const INTEGER = /^-?\d+$/;
/** @type {Record<string, string>} */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
const LITERALS = new Map(Object.entries({ true: true, false: false, null: null }));
const HIGH_SURROGATE = /[\ud800-\udbff]$/;

/**
 * @typedef {"start" | "fence" | "value" | "first" | "key" | "colon" | "after" | "end" | "failed"} Place what comes next
 * @typedef {{container: any, key: string | number}} Slot where a value belongs
 */

/**
 * The value of a JSON text, as far as it has arrived. What grows is changed in place.
 *
 * An open string has what came of it. An open number, literal or key is left out. A whole number that JavaScript can't
 * hold is the string of its digits. A code fence around the JSON is passed over: some models write one.
 */
export class PartialJson {
  /** @type {{value: unknown}} */
  #root = { value: undefined };
  /** @type {any[]} the containers that are open, the innermost last */
  #open = [];
  /** @type {string[]} the current key of each open object; "" for a list */
  #keys = [];
  /** @type {Place} */
  #place = "start";
  #isFenced = false;
  /** @type {"" | "string" | "word"} what is being read */
  #token = "";
  #text = "";
  /** The part of an escape that has arrived, with its backslash. */
  #escape = "";
  /** @type {Slot | undefined} of the open string; undefined for a key */
  #slot = undefined;

  /** The value so far; undefined if nothing of it has arrived. */
  get value() {
    return this.#root.value;
  }

  /** Whether the value is complete. */
  get isComplete() {
    return this.#place === "end";
  }

  /** Whether the text isn't JSON. The value stays what it was before that. */
  get isFailed() {
    return this.#place === "failed";
  }

  /** Read what has arrived. @param {string} text */
  write(text) {
    let at = 0;
    while (at < text.length && this.#place !== "failed") {
      if (this.#token === "string") at = this.#readString(text, at);
      else if (this.#token === "word") at = this.#readWord(text, at);
      else at = this.#readBetween(text, at);
    }
    if (this.#token === "string" && this.#slot) put(this.#slot, this.#text.replace(HIGH_SURROGATE, ""));
  }

  /** Say that nothing more arrives. */
  end() {
    if (this.#token === "word") this.#endWord();
  }

  /**
   * Read what stands between strings, numbers and literals. Return the place after it.
   *
   * @param {string} text
   * @param {number} at
   */
  #readBetween(text, at) {
    if (this.#place === "fence") {
      const end = text.indexOf("\n", at);
      if (end >= 0) this.#place = "value";
      return end < 0 ? text.length : end + 1;
    }
    const next = past(SPACE, text, at);
    const character = text[next];
    if (character !== undefined) this.#readMark(character);
    // A string begins after its quote, a word with its first character.
    return character === undefined || this.#token === "word" ? next : next + 1;
  }

  /** @param {string} character */
  #readMark(character) {
    const place = this.#place;
    const container = this.#open.at(-1);
    if (place === "start" && character === "`") {
      this.#isFenced = true;
      this.#place = "fence";
    } else if (place === "end") {
      if (!this.#isFenced || character !== "`") this.#place = "failed";
    } else if (character === '"' && (place === "key" || (place === "first" && !Array.isArray(container)))) {
      this.#begin("string", undefined);
    } else if (
      character === "}" &&
      !Array.isArray(container) &&
      (place === "first" || (place === "after" && container))
    ) {
      this.#close();
    } else if (character === "]" && Array.isArray(container) && (place === "first" || place === "after")) {
      this.#close();
    } else if (character === "," && place === "after") {
      this.#place = Array.isArray(container) ? "value" : "key";
    } else if (character === ":" && place === "colon") {
      this.#place = "value";
    } else if (place === "start" || place === "value" || (place === "first" && Array.isArray(container))) {
      this.#beginValue(character);
    } else {
      this.#place = "failed";
    }
  }

  /** @param {string} character */
  #beginValue(character) {
    if (character === '"') this.#begin("string", this.#nextSlot());
    else if (character === "{" || character === "[") this.#openContainer(character === "[" ? [] : {});
    else this.#begin("word", this.#nextSlot());
  }

  /**
   * @param {"string" | "word"} token
   * @param {Slot | undefined} slot
   */
  #begin(token, slot) {
    this.#token = token;
    this.#slot = slot;
    this.#text = this.#escape = "";
  }

  /** @param {any} container */
  #openContainer(container) {
    if (this.#open.length >= MAX_DEPTH) {
      this.#place = "failed";
      return;
    }
    put(this.#nextSlot(), container);
    this.#open.push(container);
    this.#keys.push("");
    this.#place = "first";
  }

  #close() {
    this.#open.pop();
    this.#keys.pop();
    this.#place = this.#open.length ? "after" : "end";
  }

  /** @returns {Slot} */
  #nextSlot() {
    const container = this.#open.at(-1);
    if (!container) return { container: this.#root, key: "value" };
    return { container, key: Array.isArray(container) ? container.length : /** @type {string} */ (this.#keys.at(-1)) };
  }

  /** Put a value that is complete where it belongs. @param {unknown} value */
  #complete(value) {
    this.#token = "";
    if (this.#slot) put(this.#slot, value);
    this.#place = this.#open.length ? "after" : "end";
  }

  /**
   * @param {string} text
   * @param {number} at
   */
  #readString(text, at) {
    if (this.#escape) return this.#readEscape(text, at);
    const end = past(PLAIN, text, at);
    this.#text += text.slice(at, end);
    if (end === text.length) return end;
    if (text[end] === "\\") this.#escape = "\\";
    else if (text[end] !== '"') this.#place = "failed";
    else if (this.#slot) this.#complete(this.#text);
    else {
      this.#token = "";
      this.#keys[this.#keys.length - 1] = this.#text;
      this.#place = "colon";
    }
    return end + 1;
  }

  /**
   * @param {string} text
   * @param {number} at
   */
  #readEscape(text, at) {
    this.#escape += text[at];
    const simple = ESCAPES[this.#escape[1]];
    if (simple) this.#text += simple;
    else if (/^\\u[\da-f]{4}$/i.test(this.#escape))
      this.#text += String.fromCharCode(parseInt(this.#escape.slice(2), 16));
    else if (/^\\u[\da-f]{0,3}$/i.test(this.#escape)) return at + 1;
    else this.#place = "failed";
    this.#escape = "";
    return at + 1;
  }

  /**
   * @param {string} text
   * @param {number} at
   */
  #readWord(text, at) {
    const end = past(WORD, text, at);
    this.#text += text.slice(at, end);
    if (end < text.length || !this.#text) this.#endWord();
    return end;
  }

  #endWord() {
    const word = this.#text;
    const literal = LITERALS.get(word);
    if (literal !== undefined) this.#complete(literal);
    else if (!NUMBER.test(word)) this.#place = "failed";
    else if (INTEGER.test(word) && !Number.isSafeInteger(Number(word))) this.#complete(word);
    else this.#complete(Number(word));
  }
}

/**
 * Put a value into its container. Setting `__proto__` would change the container's prototype.
 *
 * @param {Slot} slot
 * @param {unknown} value
 */
function put({ container, key }, value) {
  if (key !== "__proto__") container[key] = value;
  else Object.defineProperty(container, key, { value, configurable: true, enumerable: true, writable: true });
}

/**
 * Return the place after what a sticky expression matches.
 *
 * @param {RegExp} expression
 * @param {string} text
 * @param {number} at
 */
function past(expression, text, at) {
  expression.lastIndex = at;
  expression.test(text);
  return expression.lastIndex;
}
