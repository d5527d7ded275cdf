/** A line of Markdown, consumed from its start column by column. A tab advances to the next multiple of four. */
export class Line {
  #text;
  #at = 0;
  #column = 0;
  /** The remaining columns of a tab that was consumed in part. */
  #spare = 0;

  /** @param {string} text */
  constructor(text) {
    this.#text = text;
  }

  /** The width of the white space that comes next, in columns. */
  get indent() {
    let column = this.#column + this.#spare;
    for (let at = this.#at; this.#text[at] === " " || this.#text[at] === "\t"; at++) column += this.#width(at, column);
    return column - this.#column;
  }

  /** The text that hasn't been consumed, with a tab's remaining columns as spaces. */
  get rest() {
    return " ".repeat(this.#spare) + this.#text.slice(this.#at);
  }

  /** The rest without its indentation. */
  get content() {
    return this.#text.slice(this.#at).replace(/^[ \t]+/, "");
  }

  get isBlank() {
    return !this.content;
  }

  /**
   * Consume up to this many columns.
   *
   * @param {number} columns
   */
  consume(columns) {
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
