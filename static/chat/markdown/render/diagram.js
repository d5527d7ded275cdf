import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/**
 * Draws the diagram that a piece of code describes, as soon as it comes near to be seen: in a frame that reaches nothing
 * (templates/conversations/diagram.html). Its source stays at hand, and takes its place where it can't be drawn.
 *
 * @param {HTMLElement} figure the code in its frame
 * @param {string} source
 */
export function renderDiagram(figure, source) {
  const observer = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      new Diagram(figure, source).draw();
    },
    { rootMargin: "400px" },
  );
  observer.observe(figure);
}

class Diagram {
  #element = fromTemplate("#diagram-template", HTMLElement);
  #frame = find(this.#element, "iframe", HTMLIFrameElement);
  #toggle = find(this.#element, "button", HTMLButtonElement);
  #figure;
  #source;

  /**
   * @param {HTMLElement} figure
   * @param {string} source
   */
  constructor(figure, source) {
    this.#figure = figure;
    this.#source = source;
  }

  draw() {
    const title = /^\s*(?:accTitle|title):?\s+(\S.*)$/m.exec(this.#source)?.[1];
    if (title) this.#frame.title = interpolate(gettext("Diagram: %(title)s"), { title });
    this.#toggle.onclick = () => this.#show(Boolean(this.#code.hidden));
    addEventListener("message", ({ source, data }) => {
      if (source === this.#frame.contentWindow) this.#receive(data);
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#send());
    find(this.#figure, "figcaption", HTMLElement).before(this.#element);
  }

  get #code() {
    return find(this.#figure, "pre", HTMLPreElement);
  }

  /** @param {boolean} isSourceShown */
  #show(isSourceShown) {
    this.#code.hidden = !isSourceShown;
    find(this.#figure, "figcaption", HTMLElement).hidden = !isSourceShown;
    this.#toggle.ariaExpanded = String(isSourceShown);
  }

  /** @param {{isReady?: boolean, width?: number, height?: number}} message what the frame says; it may say anything */
  #receive({ isReady, width, height }) {
    if (isReady) this.#send();
    else if (isLength(width) && isLength(height)) {
      this.#frame.style.width = `${width}px`;
      this.#frame.style.aspectRatio = `${width} / ${height}`;
      this.#frame.hidden = this.#toggle.hidden = false;
      this.#show(false);
    } else {
      this.#frame.remove();
      this.#toggle.hidden = true;
      find(this.#element, ".problem", HTMLElement).hidden = false;
      this.#show(true);
    }
  }

  #send() {
    // Nobody else can be there: the frame shows our page alone, whose origin is none.
    this.#frame.contentWindow?.postMessage({ source: this.#source, isDark: isDark(this.#figure) }, "*");
  }
}

/** @param {unknown} value @returns {value is number} */
function isLength(value) {
  return typeof value === "number" && value > 0 && value < 20_000;
}

/** Whether the page is dark, which its words' colour shows. @param {Element} element */
function isDark(element) {
  const [red, green, blue] = getComputedStyle(element)
    .color.match(/[\d.]+/g)
    ?.map(Number) ?? [0, 0, 0];
  return red + green + blue > 380;
}
