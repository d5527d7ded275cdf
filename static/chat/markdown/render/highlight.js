import { schedule } from "chat/lib/frame-budget";
import { decodeHtml } from "chat/markdown/entities";
import { resolveLanguage } from "chat/markdown/render/languages";

/** @typedef {typeof import("highlight.js").default} Library */

/** Longer code, in characters, is not highlighted: it would block the page noticeably. */
const MAX_LENGTH = 20_000;
const MARKUP = /<span class="([^"]*)">|<\/span>|([^<]+)/g;

/**
 * Highlight code when the frame budget allows it. The library is loaded with the first code that has a language.
 *
 * @param {HTMLElement} code
 * @param {string} name the name of its language, as the author wrote it
 */
export async function highlight(code, name) {
  if ((code.textContent ?? "").length > MAX_LENGTH) return;
  const { default: hljs } = await import("highlight.js");
  const language = resolveLanguage(name);
  if (!(await loadLanguage(hljs, language))) return;
  schedule(() => {
    code.replaceChildren(elementsOf(hljs.highlight(code.textContent ?? "", { language, ignoreIllegals: true }).value));
    code.dispatchEvent(new Event("rendered", { bubbles: true }));
    return true;
  });
}

/**
 * Return whether a language is available, loading it if it isn't bundled with the library.
 *
 * @param {Library} hljs
 * @param {string} language
 */
async function loadLanguage(hljs, language) {
  if (hljs.getLanguage(language)) return true;
  try {
    // The import map lists every language that we serve (chatsite/npm.py), so an unknown name is never fetched.
    const { default: grammar } = await import(`highlight.js/${language}`);
    hljs.registerLanguage(language, grammar);
    return true;
  } catch {
    return false;
  }
}

/**
 * Make elements of the library's markup. It consists of nothing but spans with classes, so no HTML parser is needed.
 *
 * @param {string} markup
 */
function elementsOf(markup) {
  const fragment = document.createDocumentFragment();
  /** @type {Node} */
  let at = fragment;
  for (const [, scope, text] of markup.matchAll(MARKUP)) {
    if (text !== undefined) at.appendChild(document.createTextNode(decodeHtml(text)));
    else if (scope === undefined) at = at.parentNode ?? fragment;
    else {
      const span = document.createElement("span");
      span.className = scope;
      at = at.appendChild(span);
    }
  }
  return fragment;
}
