import { fromTemplate } from "chat/lib/dom";
import { schedule } from "chat/lib/frame-budget";

/** A cache of typeset formulas, because those in text that is still arriving are rendered again and again. */
const MAX_CACHED = 200;
/** @type {Map<string, Node>} */
const cache = new Map();
/** Untrusted TeX can't make links, classes, ids or styles. */
const OPTIONS = /** @type {const} */ ({ trust: false, strict: "ignore", maxSize: 25, maxExpand: 300 });
/** @type {Promise<typeof import("katex").default> | undefined} */
let katex;

/**
 * Return an element for a formula. It is empty until the formula is typeset, and shows the source if that fails.
 *
 * @param {string} tex
 * @param {boolean} isDisplay
 */
export function renderMath(tex, isDisplay) {
  const element = document.createElement("span");
  element.className = isDisplay ? "math display" : "math";
  element.dir = "ltr";
  const cached = cache.get(`${isDisplay} ${tex}`);
  if (cached) element.append(cached.cloneNode(true));
  else typeset(element, tex, isDisplay);
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} tex
 * @param {boolean} displayMode
 */
async function typeset(element, tex, displayMode) {
  try {
    katex ??= load();
    const { render } = await katex;
    schedule(() => {
      try {
        render(tex, element, { ...OPTIONS, displayMode });
        if (cache.size >= MAX_CACHED) cache.clear();
        if (element.firstChild) cache.set(`${displayMode} ${tex}`, element.firstChild.cloneNode(true));
      } catch {
        element.textContent = tex;
      }
      return true;
    });
  } catch {
    element.textContent = tex;
  }
}

/** Load the library and its styles. Without those, each formula would be shown twice. */
async function load() {
  const styles = fromTemplate("#math-styles-template", HTMLLinkElement);
  const styled = new Promise((resolve) => {
    styles.onload = styles.onerror = resolve;
  });
  document.head.append(styles);
  const [library] = await Promise.all([import("katex"), styled]);
  return library.default;
}
