import { fromTemplate } from "chat/lib/dom";
import { schedule } from "chat/lib/frame-budget";

/** A cache of typeset formulas, because those in text that is still arriving are rendered again and again. */
const MAX_CACHED = 200;
/** Longer formulas, in characters, are shown as their source. */
const MAX_LENGTH = 10_000;
/** Formulas whose elements would be nested deeper are shown as their source: laying them out can crash the page. */
const MAX_DEPTH = 200;
/** @type {Map<string, Node>} */
const cache = new Map();
/** Untrusted TeX can't make links, classes, ids or styles. */
const OPTIONS = /** @type {const} */ ({ trust: false, strict: "ignore", maxSize: 25, maxExpand: 300 });
/** @type {Promise<typeof import("chat/markdown/render/katex")> | undefined} */
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
  else if (tex.length > MAX_LENGTH) element.textContent = tex;
  else {
    // For who copies it meanwhile (rich-text.js).
    element.dataset.tex = tex;
    typeset(element, tex, isDisplay);
  }
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
      const typesetTex = document.createElement("span");
      try {
        render(tex, typesetTex, { ...OPTIONS, displayMode });
        const formula = typesetTex.firstChild;
        if (!formula || isDeeperThan(typesetTex, MAX_DEPTH)) throw new Error("too deep");
        if (cache.size >= MAX_CACHED) cache.clear();
        cache.set(`${displayMode} ${tex}`, formula.cloneNode(true));
        element.replaceChildren(formula);
      } catch {
        element.textContent = tex;
      }
      return true;
    });
  } catch {
    element.textContent = tex;
  }
}

/**
 * Return whether any element is nested deeper in another one than a number of levels.
 *
 * @param {Element} root
 * @param {number} levels
 */
function isDeeperThan(root, levels) {
  let depth = 0;
  // Without recursion: that is what fails first.
  for (let at = root.firstElementChild; at; ) {
    if (depth >= levels) return true;
    if (at.firstElementChild) {
      at = at.firstElementChild;
      depth += 1;
      continue;
    }
    while (at && at !== root && !at.nextElementSibling) {
      at = at.parentElement;
      depth -= 1;
    }
    at = at && at !== root ? at.nextElementSibling : null;
  }
  return false;
}

/** Load the library and its styles. Without those, each formula would be shown twice. */
async function load() {
  const styles = fromTemplate("#math-styles-template", HTMLLinkElement);
  const styled = new Promise((resolve) => {
    styles.onload = styles.onerror = resolve;
  });
  document.head.append(styles);
  const [library] = await Promise.all([import("chat/markdown/render/katex"), styled]);
  return library;
}
