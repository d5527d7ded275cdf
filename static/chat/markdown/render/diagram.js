import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";

/** The largest width or height that a diagram may ask for, in CSS pixels. */
const MAX_LENGTH = 20_000;

/** @typedef {{width: number, height: number}} Size in CSS pixels */

/**
 * Render the diagram that a code block describes, once it is about to scroll into view.
 *
 * The diagram is drawn in a sandboxed frame that can't reach anything (templates/conversations/diagram.html). Buttons
 * enlarge it and show the source, which also replaces the diagram if it can't be drawn.
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
  #buttons = find(this.#element, ".buttons", HTMLElement);
  #toggle = find(this.#element, ".source", HTMLButtonElement);
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
    find(this.#element, ".enlarge", HTMLButtonElement).onclick = () => enlarge(this.#source, this.#frame.title);
    const end = draw(this.#frame, this.#source, (size) => (size ? this.#fit(size) : this.#fail()));
    // The page then shows another conversation.
    document.addEventListener("leave", end, { once: true });
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

  /** @param {Size} size */
  #fit({ width, height }) {
    this.#frame.style.width = `${width}px`;
    this.#frame.style.aspectRatio = `${width} / ${height}`;
    this.#frame.hidden = this.#buttons.hidden = false;
    this.#show(false);
  }

  #fail() {
    this.#frame.remove();
    this.#buttons.hidden = true;
    find(this.#element, ".problem", HTMLElement).hidden = false;
    this.#show(true);
  }
}

/**
 * Show a diagram in a dialog: as large as the window allows, and never smaller than it is meant to be read.
 *
 * @param {string} source
 * @param {string} title
 */
function enlarge(source, title) {
  const dialog = fromTemplate("#diagram-viewer-template", HTMLDialogElement);
  const stage = find(dialog, ".stage", HTMLElement);
  const frame = find(dialog, "iframe", HTMLIFrameElement);
  frame.title = dialog.ariaLabel = title;
  const end = draw(frame, source, (size) => {
    if (!size) return dialog.close();
    const scale = Math.max(1, Math.min(stage.clientWidth / size.width, stage.clientHeight / size.height));
    frame.style.width = `${size.width * scale}px`;
    frame.style.height = `${size.height * scale}px`;
  });
  dialog.onclose = () => {
    end();
    dialog.remove();
  };
  document.body.append(dialog);
  dialog.showModal();
}

/**
 * Draw a diagram in a frame, again when the page becomes dark or light.
 *
 * @param {HTMLIFrameElement} frame which has not been inserted yet
 * @param {string} source
 * @param {(size: Size | null) => void} onDrawn called with null if it can't be drawn
 * @returns {() => void} stops drawing
 */
function draw(frame, source, onDrawn) {
  const send = () => {
    // The target must be "*" because a sandboxed frame has an opaque origin. The frame can't show any page but ours.
    frame.contentWindow?.postMessage({ source, isDark: isDark(document.body) }, "*");
  };
  /** Handle a message. One from the frame is untrusted: a diagram may make it send anything. @param {MessageEvent} event */
  const receive = ({ source: sender, data }) => {
    if (sender !== frame.contentWindow) return;
    const { isReady, width, height } = Object(data);
    if (isReady) send();
    else onDrawn(isLength(width) && isLength(height) ? { width, height } : null);
  };
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  addEventListener("message", receive);
  scheme.addEventListener("change", send);
  return () => {
    removeEventListener("message", receive);
    scheme.removeEventListener("change", send);
  };
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
