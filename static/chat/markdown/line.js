/** A line of Markdown, read from its start in columns: a tab reaches to the next multiple of four. */
export class Line {
  #text;
  #at = 0;
  #column = 0;
  /** The columns that are left of a tab of which some were taken. */
  #spare = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** How many columns of white space come next. */
  get indent() {
    let column = this.#column + this.#spare;
    for (let at = this.#at; this.#text[at] === " " || this.#text[at] === "\t"; at++) column += this.#width(at, column);
    return column - this.#column;
  }

  /** What was not taken yet. */
  get rest() {
    return " ".repeat(this.#spare) + this.#text.slice(this.#at);
  }

  get words() {
    return this.#text.slice(this.#at).trimStart();
  }

  get isBlank() {
    return !this.words;
  }

  /** @param {number} columns */
  take(columns) {
    for (let left = columns; left > 0 && (this.#spare || this.#at < this.#text.length); left--) {
      if (!this.#spare) this.#spare = this.#width(this.#at++, this.#column);
      this.#spare--;
      this.#column++;
    }
  }

  /**
   * @param {number} at
   * @param {number} column
   */
  #width(at, column) {
    return this.#text[at] === "\t" ? 4 - (column % 4) : 1;
  }
}
