import { find } from "chat/lib/dom";
import { schedule } from "chat/lib/frame-budget";
import { keepSelection } from "chat/lib/keep-selection";
import { startWorker } from "chat/lib/workers";
import { decodeHtml } from "chat/markdown/entities";
import { resolveLanguage } from "chat/markdown/render/languages";

/** Longer code, in characters, is not highlighted. */
const MAX_LENGTH = 20_000;
/** Code that takes longer, once the library is loaded, is not highlighted, so that the blocks after it are. */
const MAX_SECONDS = 2;
const MARKUP = /<span class="([^"]*)">|<\/span>|([^<]+)/g;

/** @type {Worker | undefined} */
let worker;
/** The last block's turn: the worker has one block at a time. */
let turn = Promise.resolve();

/**
 * Highlight code when its turn comes. Library and worker are loaded with the first code that has a language.
 *
 * @param {HTMLElement} code
 * @param {string} name the name of its language, as the author wrote it
 */
export function highlight(code, name) {
  const text = code.textContent ?? "";
  if (text.length > MAX_LENGTH) return;
  turn = turn.then(async () => {
    // The page may show another conversation by now.
    if (!code.isConnected) return;
    const markup = await markupOf(text, resolveLanguage(name));
    if (markup) draw(code, markup);
  });
}

/**
 * Return the library's markup, or null if it can't be loaded, doesn't know the language or takes too long.
 *
 * @param {string} code
 * @param {string} language
 * @returns {Promise<string | null>}
 */
function markupOf(code, language) {
  return new Promise((resolve) => {
    try {
      worker ??= startWorker(find(document, "#code-template", HTMLTemplateElement).dataset.highlighter ?? "");
    } catch {
      return resolve(null);
    }
    const current = worker;
    /** @param {string | null} markup */
    const end = (markup) => {
      clearTimeout(timeout);
      resolve(markup);
    };
    const stop = () => {
      current.terminate();
      worker = undefined;
      end(null);
    };
    let timeout = 0;
    current.onerror = stop;
    current.onmessage = ({ data: { isLoaded, markup } }) => {
      if (isLoaded) timeout = setTimeout(stop, MAX_SECONDS * 1000);
      else end(markup);
    };
    current.postMessage({ language, code });
  });
}

/**
 * Replace code by its highlighted elements, made when the frame budget allows it.
 *
 * @param {HTMLElement} code
 * @param {string} markup
 */
function draw(code, markup) {
  const elements = elementsOf(markup);
  const fragment = document.createDocumentFragment();
  schedule((hasTime) => {
    for (let next = elements.next(); !next.done; next = elements.next()) {
      fragment.append(next.value);
      if (!hasTime()) return false;
    }
    keepSelection(code, () => code.replaceChildren(fragment));
    code.dispatchEvent(new Event("rendered", { bubbles: true }));
    return true;
  });
}

/**
 * Yield the nodes of the library's markup. It consists of nothing but spans with classes, so no HTML parser is needed.
 *
 * @param {string} markup
 * @returns {Generator<Node, void>}
 */
function* elementsOf(markup) {
  let at = /** @type {Element | null} */ (null);
  for (const [, scope, text] of markup.matchAll(MARKUP)) {
    if (text !== undefined) {
      const node = document.createTextNode(decodeHtml(text));
      if (at) at.append(node);
      else yield node;
    } else if (scope === undefined) {
      /** @type {Element | null} */
      const parent = at?.parentElement ?? null;
      if (at && !parent) yield at;
      at = parent;
    } else {
      const span = document.createElement("span");
      span.className = scope;
      at?.append(span);
      at = span;
    }
  }
}
