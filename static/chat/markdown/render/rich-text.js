/** The HTML of an answer to paste into an email or a document: its structure, without this page's styles. */

const KEPT_TAGS = new Set([
  ..."a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i kbd li".split(" "),
  ..."mark ol p s small strong sub sup table tbody td th thead tr u ul".split(" "),
]);
/** What stands for elements that only a page has: a selector -> the name of another element. */
const REPLACED = { ".alert": "blockquote", summary: "p" };
const KEPT_ATTRIBUTES = ["href", "start", "align", "colspan", "rowspan"];
const OMITTED = "output-item, button, figcaption, iframe, svg, style, script, template, [hidden], [aria-hidden=true]";

/** The selector of formulas: typeset ones, and those that are still empty. */
export const FORMULA = ".katex-display, .katex, .math[data-tex]:empty";

/**
 * Return the source of a formula between dollar signs; undefined if the element isn't one.
 *
 * @param {Element} element
 */
export function texOf(element) {
  if (!element.matches(FORMULA)) return undefined;
  const tex = element.querySelector("annotation")?.textContent ?? element.getAttribute("data-tex");
  if (!tex) return undefined;
  // An environment has delimiters of its own.
  const mark = /^\s*\\begin\{/.test(tex) ? "" : element.matches(".katex-display, .display") ? "$$" : "$";
  return mark + tex + mark;
}

/**
 * Return the HTML to copy of a rendered element.
 *
 * @param {Element} rendered
 */
export function richText(rendered) {
  const page = document.implementation.createHTMLDocument();
  appendClean(page.body, rendered);
  return page.body.innerHTML;
}

/**
 * @param {Element} target
 * @param {Node} source
 */
function appendClean(target, source) {
  for (const node of source.childNodes) {
    if (node instanceof Text) target.append(node.data);
    else if (node instanceof Element) appendElement(target, node);
  }
}

/**
 * @param {Element} target
 * @param {Element} element
 */
function appendElement(target, element) {
  const tex = texOf(element);
  if (tex) target.append(tex);
  else if (element.localName === "pre") {
    // Without the colours of this page.
    const code = target.ownerDocument.createElement("pre");
    code.append(target.ownerDocument.createElement("code"));
    code.firstElementChild?.append(element.textContent ?? "");
    target.append(code);
  } else if (element instanceof HTMLInputElement) {
    target.append(element.checked ? "☑" : "☐");
  } else if (!element.matches(OMITTED)) {
    const name = Object.entries(REPLACED).find(([selector]) => element.matches(selector))?.[1] ?? element.localName;
    appendClean(KEPT_TAGS.has(name) ? appendKept(target, element, name) : target, element);
  }
}

/**
 * @param {Element} target
 * @param {Element} element
 * @param {string} name of the element that stands for it
 */
function appendKept(target, element, name) {
  const kept = target.ownerDocument.createElement(name);
  for (const name of KEPT_ATTRIBUTES) {
    const value = element.getAttribute(name);
    // Links within this page, such as footnotes, don't work elsewhere.
    if (value !== null && !value.startsWith("#")) kept.setAttribute(name, value);
  }
  // Without it, most editors show a table without lines.
  if (kept.localName === "table") kept.setAttribute("border", "1");
  target.append(kept);
  return kept;
}
