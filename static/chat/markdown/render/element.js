import { pastHalf } from "chat/lib/characters";
import { flush, schedule } from "chat/lib/frame-budget";
import { useBlockTool } from "chat/markdown/render/block-tools";
import { followFootnote } from "chat/markdown/render/footnotes";
import { Renderer } from "chat/markdown/render/renderer";

/** How many characters are rendered before the frame budget is checked again. */
const SLICE_LENGTH = 500;
/** The length, in characters, above which only what is near the viewport is laid out (markdown.css). */
const LONG_TEXT = 20_000;

/**
 * An element that renders its text content as Markdown.
 *
 * Existing elements stay; new text is added once a frame, as much as the frame budget allows.
 *
 * Event: `rendered`, when all of the text is rendered, and again from each code block that is highlighted later
 * (highlight.js).
 */
export class MarkdownText extends HTMLElement {
  #text = "";
  #unrendered = "";
  #isWhole = false;
  /** Whether all text is rendered that has arrived. */
  #isDrawn = true;
  #renderer = new Renderer(this);

  connectedCallback() {
    this.addEventListener("click", this);
    // Each block has its own direction.
    this.removeAttribute("dir");
    if (this.#text) {
      if (!this.#isDrawn) schedule(this.#render);
      return;
    }
    this.#text = this.#unrendered = withoutReturns(this.textContent ?? "");
    // Of an answer in progress, the outputs before the last one are complete.
    this.#isWhole = !this.closest("response-output, [aria-busy=true]")?.matches("[aria-busy=true]");
    this.replaceChildren();
    this.#isDrawn = !this.#text;
    if (this.#text) flush(this.#render);
  }

  /** The Markdown source, as far as it has arrived. */
  get text() {
    return this.#text;
  }

  /** Whether all of the text has come and is rendered, so that nothing changes it any more. */
  get isComplete() {
    return this.#isWhole && this.#isDrawn;
  }

  /** Set the whole text: it is complete. */
  set text(text) {
    const whole = withoutReturns(text);
    if (this.#isWhole || !whole.startsWith(this.#text)) this.#reset();
    this.#unrendered += whole.slice(this.#text.length);
    this.#text = whole;
    this.#isWhole = true;
    this.#draw();
  }

  /**
   * Append text to the source.
   *
   * @param {string} delta
   */
  write(delta) {
    const lines = withoutReturns(delta);
    this.#text += lines;
    this.#unrendered += lines;
    this.#draw();
  }

  /** @param {Event} event */
  handleEvent(event) {
    useBlockTool(event);
    followFootnote(this, event);
  }

  #draw() {
    this.#isDrawn = false;
    schedule(this.#render);
  }

  #reset() {
    this.replaceChildren();
    this.#text = this.#unrendered = "";
    this.#renderer = new Renderer(this);
  }

  /**
   * Render what the frame budget allows. Return whether there is nothing to do: everything is rendered, or this element
   * is in no page, because the page shows another conversation.
   *
   * @param {() => boolean} hasTime
   */
  #render = (hasTime) => {
    if (!this.isConnected) return true;
    if (this.#text.length > LONG_TEXT) this.classList.add("long");
    while (this.#unrendered && hasTime()) {
      const end = pastHalf(this.#unrendered, SLICE_LENGTH);
      this.#renderer.write(this.#unrendered.slice(0, end));
      this.#unrendered = this.#unrendered.slice(end);
    }
    if (this.#unrendered) return false;
    this.#isDrawn = true;
    if (this.#isWhole) {
      this.#renderer.end();
      this.dispatchEvent(new Event("rendered", { bubbles: true }));
    }
    return true;
  };
}

/**
 * Remove carriage returns, so that lines end with a line feed alone.
 *
 * @param {string} text
 */
function withoutReturns(text) {
  return text.replaceAll("\r", "");
}

customElements.define("markdown-text", MarkdownText);
