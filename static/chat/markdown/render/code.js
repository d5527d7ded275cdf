import { find, fromTemplate } from "chat/lib/dom";
import { renderDiagram } from "chat/markdown/render/diagram";
import { highlight } from "chat/markdown/render/highlight";

/** Code is laid out in pieces of about so many characters: what was laid out once stays as it is. */
const PIECE = 2000;
const LONGEST_LINE = 10_000;

/** Code in its frame, which names its language and copies it. */
export class CodeBlock {
  element = fromTemplate("#code-template", HTMLElement);
  #code = find(this.element, "code", HTMLElement);
  #piece = new Text();
  #language;

  /** @param {string} language as it was written */
  constructor(language) {
    this.#language = language;
    find(this.element, "figcaption span", HTMLElement).textContent = language;
  }

  /** @param {string} text */
  append(text) {
    for (let rest = text; rest; ) {
      if (!this.#piece.parentNode) this.#add();
      const room = Math.max(0, PIECE - this.#piece.length);
      const end = rest.indexOf("\n", room) + 1 || Math.max(0, LONGEST_LINE - this.#piece.length);
      const taken = rest.slice(0, end);
      this.#piece.appendData(taken);
      rest = rest.slice(taken.length);
      const isFull = this.#piece.length >= LONGEST_LINE || (this.#piece.length > PIECE && taken.endsWith("\n"));
      if (isFull) this.#piece = new Text();
    }
  }

  /**
   * No more comes.
   *
   * @param {boolean} isComplete whether it has its end
   */
  close(isComplete) {
    if (this.#language !== "mermaid") highlight(this.#code, this.#language);
    else if (isComplete) renderDiagram(this.element, this.#code.textContent ?? "");
  }

  #add() {
    const piece = document.createElement("span");
    piece.append(this.#piece);
    this.#code.append(piece);
    if (piece.previousElementSibling) piece.className = piece.previousElementSibling.className = "piece";
  }
}
