import { copy } from "chat/copy";
import { blocks, draw } from "chat/markdown";
import { settle } from "chat/settle";

/**
 * @typedef {import("marked").Token} Token
 * @typedef {{raw: string, nodes: Node[]}} Drawn
 */

const CLOSED_FENCE = /\n\s*(?:`{3,}|~{3,})\s*$/;

/**
 * Draws its text content as Markdown.
 *
 * While text arrives, only the last block, which may still change, is parsed and drawn again, once a frame. A block is
 * closed as soon as another one follows it.
 */
export class MarkdownText extends HTMLElement {
  #text = "";
  #frame = 0;
  #closedLength = 0;
  /** @type {Drawn[]} */ #closed = [];
  /** @type {Drawn | undefined} */ #open;

  connectedCallback() {
    if (this.#text) return;
    this.text = this.textContent ?? "";
    this.addEventListener("click", this);
  }

  get text() {
    return this.#text;
  }

  /** The whole text; no more will come. */
  set text(text) {
    cancelAnimationFrame(this.#frame);
    this.#frame = 0;
    this.#text = plainLines(text);
    this.#drawAll();
  }

  /** @param {string} delta */
  arrive(delta) {
    this.#text += plainLines(delta);
    this.#frame ||= requestAnimationFrame(() => this.#drawTail());
  }

  /** @param {Event} event */
  handleEvent({ target }) {
    if (!(target instanceof HTMLButtonElement)) return;
    copy(target, target.closest("figure")?.querySelector("code")?.textContent ?? "");
  }

  #drawAll() {
    this.#discard(this.#open);
    this.#open = undefined;
    if (!this.#closed.length) this.replaceChildren();
    const all = blocks(this.#text);
    const keep = this.#unchanged(all);
    for (const drawn of this.#closed.splice(keep)) this.#discard(drawn);
    this.#closedLength = all.slice(0, keep).reduce((length, { raw }) => length + raw.length, 0);
    this.#draw(all.slice(keep), true);
  }

  /**
   * How many blocks from the start are drawn as they are.
   *
   * @param {Token[]} all
   */
  #unchanged(all) {
    // A definition may stand below the link that uses it: then blocks that read the same were drawn without it.
    if (all.some(({ type }) => type === "def")) return 0;
    const changed = all.findIndex(({ raw }, at) => this.#closed[at]?.raw !== raw);
    return changed < 0 ? all.length : changed;
  }

  #drawTail() {
    this.#frame = 0;
    this.#draw(blocks(settle(this.#text.slice(this.#closedLength))), false);
  }

  /**
   * Draws the blocks after the closed ones.
   *
   * @param {Token[]} tail
   * @param {boolean} isWhole whether the last of them has all its text, as far as is known
   */
  #draw(tail, isWhole) {
    const last = tail.findLastIndex(({ type }) => type !== "space");
    if (last > 0) {
      this.#discard(this.#open);
      this.#open = undefined;
      for (const block of tail.slice(0, last)) {
        this.#closed.push(this.#add(block, true));
        this.#closedLength += block.raw.length;
      }
    }
    if (last >= 0) this.#drawOpen(tail[last], isWhole);
  }

  /**
   * @param {Token} block
   * @param {boolean} isWhole
   */
  #drawOpen(block, isWhole) {
    if (this.#open?.raw === block.raw) return;
    const isClosed = isWhole || block.type !== "code" || CLOSED_FENCE.test(block.raw);
    const figure = this.#open?.nodes[0];
    if (!isClosed && figure instanceof HTMLElement && figure.matches("figure")) {
      // The same element, so that it keeps its place when somebody has scrolled in it.
      const code = /** @type {HTMLElement} */ (figure.querySelector("code"));
      code.textContent = `${block.text}\n`;
      this.#open = { raw: block.raw, nodes: [figure] };
    } else {
      this.#discard(this.#open);
      this.#open = this.#add(block, isClosed);
    }
  }

  /**
   * @param {Token} block
   * @param {boolean} isClosed
   * @returns {Drawn}
   */
  #add(block, isClosed) {
    const fragment = draw(block, isClosed);
    const nodes = [...fragment.childNodes];
    this.append(fragment);
    return { raw: block.raw, nodes };
  }

  /** @param {Drawn | undefined} drawn */
  #discard(drawn) {
    for (const node of drawn?.nodes ?? []) node.parentNode?.removeChild(node);
  }
}

/** @param {string} text */
function plainLines(text) {
  return text.replaceAll("\r", "");
}

customElements.define("markdown-text", MarkdownText);
