import { pastHalf } from "chat/lib/characters";
import { find, fromTemplate } from "chat/lib/dom";
import { renderDiagram } from "chat/markdown/render/diagram";
import { highlight } from "chat/markdown/render/highlight";
import { watchScroller } from "chat/markdown/render/scroller";

/** Code is split into elements of about this many characters, so that a browser lays out only the last one again. */
const PIECE_LENGTH = 2000;
/** A longer line of code, in characters, breaks where it reaches this length. */
const MAX_LINE_LENGTH = 50_000;

/** A code block, with the name of its language and a button that copies it. */
export class CodeBlock {
  element = fromTemplate("#code-template", HTMLElement);
  #code = find(this.element, "code", HTMLElement);
  #piece = new Text();
  #language;

  /** @param {string} language as the author wrote it */
  constructor(language) {
    this.#language = language;
    watchScroller(find(this.element, "pre", HTMLPreElement));
    find(this.element, "figcaption span", HTMLElement).textContent = language;
  }

  /**
   * Append text to the code.
   *
   * @param {string} text
   */
  append(text) {
    for (let rest = text; rest; ) {
      if (!this.#piece.parentNode) this.#addPiece();
      const room = Math.max(0, PIECE_LENGTH - this.#piece.length);
      const end = rest.indexOf("\n", room) + 1 || pastHalf(rest, MAX_LINE_LENGTH - this.#piece.length);
      const taken = rest.slice(0, end);
      this.#piece.appendData(taken);
      rest = rest.slice(taken.length);
      const isFull =
        this.#piece.length >= MAX_LINE_LENGTH || (this.#piece.length > PIECE_LENGTH && taken.endsWith("\n"));
      if (isFull) this.#piece = new Text();
    }
  }

  /**
   * Highlight the complete code, or render the diagram that it describes.
   *
   * @param {boolean} isComplete whether the code has its closing fence
   */
  close(isComplete) {
    if (this.#language && this.#language !== "mermaid") highlight(this.#code, this.#language);
    else if (this.#language && isComplete) renderDiagram(this.element, this.#code.textContent ?? "");
  }

  #addPiece() {
    const piece = document.createElement("span");
    piece.append(this.#piece);
    this.#code.append(piece);
    if (piece.previousElementSibling) piece.className = piece.previousElementSibling.className = "piece";
  }
}
