import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/** The largest width or height that a diagram may ask for, in CSS pixels. */
const MAX_LENGTH = 20_000;

/**
 * Render the diagram that a code block describes, once it is about to scroll into view.
 *
 * The diagram is drawn in a sandboxed frame that can't reach anything (templates/conversations/diagram.html). A button
 * shows the source, which also replaces the diagram if it can't be drawn.
 *
 * @param {HTMLElement} figure the code block
 * @param {string} source
 */
export function renderDiagram(figure, source) {
  const observer = new IntersectionObserver(
    ([{ isIntersecting }]) => {
      if (!isIntersecting) return;
      observer.disconnect();
      new Diagram(figure, source).insert();
    },
    { rootMargin: "400px" },
  );
  observer.observe(figure);
}

/** A diagram above its source, in the figure of the code block. */
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

  /** Insert the frame, which asks for the source when it has loaded. */
  insert() {
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

  /**
   * Handle a message from the frame. It is untrusted: a diagram may make the frame send anything.
   *
   * @param {{isReady?: boolean, width?: number, height?: number}} message
   */
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
    // The target must be "*" because a sandboxed frame has an opaque origin. The frame can't show any page but ours.
    this.#frame.contentWindow?.postMessage({ source: this.#source, isDark: isDark(this.#figure) }, "*");
  }
}

/**
 * Return whether a value is a plausible length in CSS pixels.
 *
 * @param {unknown} value
 * @returns {value is number}
 */
function isLength(value) {
  return typeof value === "number" && value > 0 && value < MAX_LENGTH;
}

/**
 * Return whether the page is dark, judged by the colour of its text.
 *
 * @param {Element} element
 */
function isDark(element) {
  const [red, green, blue] = getComputedStyle(element)
    .color.match(/[\d.]+/g)
    ?.map(Number) ?? [0, 0, 0];
  return red + green + blue > 380;
}
