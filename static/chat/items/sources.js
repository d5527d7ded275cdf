import { isSame, sourceOf } from "chat/items/citations";
import { markPlaces } from "chat/items/cited-places";
import { markSources } from "chat/items/source-marks";
import { find, fromTemplate } from "chat/lib/dom";
import { schedule } from "chat/lib/frame-budget";

/** The sources that the responses of a turn cite, each once, in the order of the citations, which numbers them. */
export class AnswerSources extends HTMLElement {
  /** The annotations of each output. @type {Map<Element, unknown[]>} */ #cited = new Map();
  /** @type {import("chat/items/citations").Source[]} */ #sources = [];

  connectedCallback() {
    this.parentElement?.addEventListener("rendered", this);
  }

  handleEvent() {
    if (this.#sources.length) schedule(this.#mark);
  }

  /**
   * Show what an output cites.
   *
   * @param {Element} output
   * @param {unknown[]} annotations
   */
  cite(output, annotations) {
    this.#cited.set(output, [...annotations]);
    this.#sources = [];
    this.#list.replaceChildren();
    this.#updateCount();
    for (const annotation of [...this.#cited.values()].flat()) this.#show(annotation);
  }

  /**
   * Add what an output cites, too.
   *
   * @param {Element} output
   * @param {unknown} annotation
   */
  add(output, annotation) {
    this.#cited.set(output, [...(this.#cited.get(output) ?? []), annotation]);
    this.#show(annotation);
  }

  /** Show the source of an annotation, if it has one that isn't listed yet. @param {unknown} annotation */
  #show(annotation) {
    const source = sourceOf(annotation);
    if (!source || this.#sources.some((each) => isSame(each, source))) return;
    this.#sources.push(source);
    const entry = fromTemplate("#source-template", HTMLLIElement);
    const link = find(entry, "a", HTMLAnchorElement);
    if (source.url) link.href = source.url;
    link.textContent = source.title;
    find(entry, ".host", HTMLElement).textContent = source.host;
    this.#list.append(entry);
    this.#updateCount();
    // After what has come of the text is drawn.
    schedule(this.#mark);
  }

  #mark = () => {
    if (this.parentElement) markSources(this.parentElement, this.#sources);
    for (const [output, annotations] of this.#cited) markPlaces(output, this.#placesOf(annotations));
    return true;
  };

  /**
   * Return where files are cited, each place once.
   *
   * @param {unknown[]} annotations
   */
  #placesOf(annotations) {
    /** @type {Map<string, import("chat/items/cited-places").CitedPlace>} */ const places = new Map();
    for (const annotation of annotations) {
      const { type, index } = /** @type {any} */ (annotation ?? {});
      const source = type === "file_citation" && Number.isSafeInteger(index) ? sourceOf(annotation) : null;
      const at = source ? this.#sources.findIndex((each) => isSame(each, source)) : -1;
      if (source && at >= 0) places.set(`${index} ${at}`, { index, number: at + 1, source });
    }
    return [...places.values()];
  }

  #updateCount() {
    const count = this.#list.childElementCount;
    this.hidden = count === 0;
    find(this, ".count", HTMLElement).textContent = String(count);
  }

  get #list() {
    return find(this, "ol", HTMLOListElement);
  }
}

customElements.define("answer-sources", AnswerSources);
