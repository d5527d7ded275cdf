/** The only module that knows the Markdown libraries, and the only one where HTML becomes part of the page. */

import DOMPurify from "dompurify";
import hljs from "highlight.js";
import { Marked } from "marked";

/** @typedef {import("marked").Token} Token */

/** The few tags without attributes that models write in the middle of Markdown; all other HTML is shown as text. */
const PLAIN_TAG = /^<\/?(?:br|sub|sup|kbd|mark|u)\s*\/?>$/i;
const LONGEST_HIGHLIGHTED = 50_000;

const marked = new Marked({
  gfm: true,
  renderer: {
    html: ({ text }) => (PLAIN_TAG.test(text.trim()) ? text : escaped(text)),
    // A picture from elsewhere would tell that server who reads this.
    image: ({ href, text }) => `<a href="${escaped(href)}">${escaped(text || href)}</a>`,
  },
});

const RULES = {
  ALLOWED_TAGS: [
    ..."a blockquote br code del em h1 h2 h3 h4 h5 h6 hr input kbd li mark ol p pre span strong".split(" "),
    ..."sub sup table tbody td th thead tr u ul".split(" "),
  ],
  ALLOWED_ATTR: ["align", "checked", "class", "disabled", "href", "start", "title"],
  ADD_URI_SAFE_ATTR: ["align", "start"],
  ALLOWED_URI_REGEXP: /^(?:https?:|mailto:)/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
};

/**
 * The blocks of a text; the `raw`s of all of them joined are the text.
 *
 * @param {string} text
 */
export function blocks(text) {
  try {
    return /** @type {Token[]} */ (marked.lexer(text));
  } catch {
    // Nested too deep for the parser: then it is shown as it was written.
    return [/** @type {Token} */ ({ type: "text", raw: text, text })];
  }
}

/**
 * One block as elements.
 *
 * @param {Token} block
 * @param {boolean} isClosed whether no more text will come; only then is code highlighted
 */
export function draw(block, isClosed) {
  const fragment = sanitised(marked.parser([block]));
  for (const link of fragment.querySelectorAll("a")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  for (const box of fragment.querySelectorAll("input")) box.replaceWith(box.checked ? "☑ " : "☐ ");
  for (const table of fragment.querySelectorAll("table")) wrap(table);
  for (const code of fragment.querySelectorAll("pre > code")) frame(/** @type {HTMLElement} */ (code), isClosed);
  return fragment;
}

/** @param {string} html */
function sanitised(html) {
  return DOMPurify.sanitize(html, { ...RULES, RETURN_DOM_FRAGMENT: true });
}

/** @param {HTMLTableElement} table */
function wrap(table) {
  const scroller = document.createElement("div");
  scroller.className = "table";
  scroller.tabIndex = 0;
  table.replaceWith(scroller);
  scroller.append(table);
}

/**
 * @param {HTMLElement} code
 * @param {boolean} isClosed
 */
function frame(code, isClosed) {
  const language = /language-(\S+)/.exec(code.className)?.[1] ?? "";
  const figure = document.createElement("figure");
  const caption = document.createElement("figcaption");
  const name = document.createElement("span");
  const button = document.createElement("button");
  name.textContent = language;
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  caption.append(name, button);
  const pre = /** @type {HTMLElement} */ (code.parentElement);
  pre.tabIndex = 0;
  pre.replaceWith(figure);
  figure.append(caption, pre);
  if (isClosed) highlight(code, language);
}

/**
 * @param {HTMLElement} code
 * @param {string} language
 */
function highlight(code, language) {
  const text = code.textContent ?? "";
  if (text.length > LONGEST_HIGHLIGHTED || !hljs.getLanguage(language)) return;
  code.replaceChildren(sanitised(hljs.highlight(text, { language, ignoreIllegals: true }).value));
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
