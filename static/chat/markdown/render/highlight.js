import { schedule } from "chat/lib/frame-budget";
import { decodeHtml } from "chat/markdown/entities";
import { resolveLanguage } from "chat/markdown/render/languages";

/** @typedef {typeof import("highlight.js").default} Library */

/** What takes longer to colour than the page may stand still stays as it is. */
const LONGEST = 20_000;
const MARKUP = /<span class="([^"]*)">|<\/span>|([^<]+)/g;

/**
 * Colours code, as soon as there is time; the library comes with the first code that has a language.
 *
 * @param {HTMLElement} code
 * @param {string} name of its language, as it was written
 */
export async function highlight(code, name) {
  if (!name || (code.textContent ?? "").length > LONGEST) return;
  const { default: hljs } = await import("highlight.js");
  const language = resolveLanguage(name);
  if (!(await knows(hljs, language))) return;
  schedule(() => {
    code.replaceChildren(elements(hljs.highlight(code.textContent ?? "", { language, ignoreIllegals: true }).value));
    code.dispatchEvent(new Event("rendered", { bubbles: true }));
    return true;
  });
}

/**
 * Languages that are less common than the library's own come one by one, where they are met.
 *
 * @param {Library} hljs
 * @param {string} language
 */
async function knows(hljs, language) {
  if (hljs.getLanguage(language)) return true;
  try {
    // The import map has the names of all that there are (chatsite/npm.py): any other one is fetched nowhere.
    const { default: grammar } = await import(`highlight.js/${language}`);
    hljs.registerLanguage(language, grammar);
    return true;
  } catch {
    return false;
  }
}

/**
 * The library writes its colours as HTML, of spans with classes and nothing else: so they are read without any HTML.
 *
 * @param {string} markup
 */
function elements(markup) {
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
