import { fromTemplate } from "chat/lib/dom";
import { schedule } from "chat/lib/frame-budget";

/** Formulas that were drawn lately: those in words that still arrive are drawn anew with them. */
const LATELY = 200;
/** @type {Map<string, Node>} */
const drawn = new Map();
/** Not trusted: it makes no links, and no classes, ids or styles of its own. */
const OPTIONS = /** @type {const} */ ({ trust: false, strict: "ignore", maxSize: 25, maxExpand: 300 });
/** @type {Promise<typeof import("katex").default> | undefined} */
let katex;

/**
 * A formula; empty until it is typeset, and as it was written where it can't be.
 *
 * @param {string} tex
 * @param {boolean} isDisplay
 */
export function renderMath(tex, isDisplay) {
  const element = document.createElement("span");
  element.className = isDisplay ? "math display" : "math";
  element.dir = "ltr";
  const known = drawn.get(`${isDisplay} ${tex}`);
  if (known) element.append(known.cloneNode(true));
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
        if (drawn.size >= LATELY) drawn.clear();
        if (element.firstChild) drawn.set(`${displayMode} ${tex}`, element.firstChild.cloneNode(true));
      } catch {
        element.textContent = tex;
      }
      return true;
    });
  } catch {
    element.textContent = tex;
  }
}

/** The library with its styles, without which each formula would be seen twice. */
async function load() {
  const styles = fromTemplate("#math-styles-template", HTMLLinkElement);
  const styled = new Promise((resolve) => {
    styles.onload = styles.onerror = resolve;
  });
  document.head.append(styles);
  const [library] = await Promise.all([import("katex"), styled]);
  return library.default;
}
