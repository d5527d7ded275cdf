import { soon } from "chat/slices";

/** What takes longer to colour than the page may stand still stays as it is. */
const LONGEST = 20_000;
const MARKUP = /<span class="([^"]*)">|<\/span>|([^<]+)/g;
/** @type {Record<string, string>} */
const ENTITIES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };

/**
 * Colours code, as soon as there is time; the library comes with the first code that has a language.
 *
 * @param {HTMLElement} code
 * @param {string} language as it was written
 */
export async function highlight(code, language) {
  if (!language || (code.textContent ?? "").length > LONGEST) return;
  const { default: hljs } = await import("highlight.js");
  if (!hljs.getLanguage(language)) return;
  soon(() => {
    code.replaceChildren(elements(hljs.highlight(code.textContent ?? "", { language, ignoreIllegals: true }).value));
    return true;
  });
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
    if (text !== undefined) at.appendChild(document.createTextNode(decode(text)));
    else if (scope === undefined) at = at.parentNode ?? fragment;
    else {
      const span = document.createElement("span");
      span.className = scope;
      at = at.appendChild(span);
    }
  }
  return fragment;
}

/** @param {string} text */
function decode(text) {
  return text.replace(/&(?:amp|lt|gt|quot|#x27);/g, (entity) => ENTITIES[entity]);
}
