import { copy } from "chat/lib/copy";
import { flush, schedule } from "chat/lib/frame-budget";
import { followFootnote } from "chat/markdown/render/footnotes";
import { Renderer } from "chat/markdown/render/renderer";

/** How much is drawn between two looks at the clock. */
const SLICE = 500;
/** From so many characters on, what is not to be seen is not laid out (markdown.css). */
const LONG = 20_000;

/**
 * Draws its text content as Markdown.
 *
 * What was drawn stays as it is; what arrives is added, once a frame, and as much of it as a frame has time for.
 *
 * Event: `rendered`, when all of it is; and again from code in it that was coloured since (highlight.js).
 */
export class MarkdownText extends HTMLElement {
  #text = "";
  #undrawn = "";
  #isWhole = false;
  #renderer = new Renderer(this);

  connectedCallback() {
    this.addEventListener("click", this);
    // Each block has a direction of its own.
    this.removeAttribute("dir");
    if (this.#text) return;
    this.#text = this.#undrawn = plainLines(this.textContent ?? "");
    this.#isWhole = this.closest("[aria-busy=true]") === null;
    this.replaceChildren();
    if (this.#text) flush(this.#draw);
  }

  get text() {
    return this.#text;
  }

  /** The whole text; no more will come. */
  set text(text) {
    const whole = plainLines(text);
    if (this.#isWhole || !whole.startsWith(this.#text)) this.#forget();
    this.#undrawn += whole.slice(this.#text.length);
    this.#text = whole;
    this.#isWhole = true;
    schedule(this.#draw);
  }

  /** @param {string} delta */
  write(delta) {
    const lines = plainLines(delta);
    this.#text += lines;
    this.#undrawn += lines;
    schedule(this.#draw);
  }

  /** @param {Event} event */
  handleEvent(event) {
    const button = event.target instanceof Element && event.target.closest("button.copy");
    if (button instanceof HTMLButtonElement)
      copy(button, button.closest("figure")?.querySelector("code")?.textContent ?? "");
    else followFootnote(this, event);
  }

  #forget() {
    this.replaceChildren();
    this.#text = this.#undrawn = "";
    this.#renderer = new Renderer(this);
  }

  /** @param {() => boolean} hasTime */
  #draw = (hasTime) => {
    if (this.#text.length > LONG) this.classList.add("long");
    while (this.#undrawn && hasTime()) {
      this.#renderer.write(this.#undrawn.slice(0, SLICE));
      this.#undrawn = this.#undrawn.slice(SLICE);
    }
    if (this.#undrawn) return false;
    if (this.#isWhole) {
      this.#renderer.end();
      this.dispatchEvent(new Event("rendered", { bubbles: true }));
    }
    return true;
  };
}

/** @param {string} text */
function plainLines(text) {
  return text.replaceAll("\r", "");
}

customElements.define("markdown-text", MarkdownText);
