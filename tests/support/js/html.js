/**
 * One form for HTML and for what our renderer makes of Markdown, in which a conformance suite's result can be compared
 * with ours.
 *
 * It keeps words, structure and addresses. It drops what a page with other means says as well: titles, and whether
 * a line break is a soft or a hard one. Items always contain paragraphs, and the words of an image are its description.
 */

import "./modules.js";

const { decodeMarkdown } = await import("chat/markdown/entities");
const { normalizeLabel } = await import("chat/markdown/syntax");

const VOID = new Set(["br", "hr", "img", "input"]);
const INLINE = new Set("a b br code del em i img input s small strong sub sup".split(" "));
const TOKEN = /<!--(?:-?>|[\s\S]*?-->)|<(\/?)([a-z][a-z\d-]*)((?:[^<>"']|"[^"]*"|'[^']*')*)>|[^<]+|</gi;
const BREAK = "⏎";

/**
 * Return the form of a suite's HTML.
 *
 * @param {string} html
 */
export function formOfHtml(html) {
  return blocksForm(parse(html).children);
}

/**
 * Return the form of what a renderer made.
 *
 * @param {import("./rendered.js").Renderer} renderer
 */
export function formOf({ root, definitions }) {
  return root.children.map((block) => blockForm(block, definitions)).join("");
}

function parse(html) {
  const root = { name: "", attributes: {}, children: [] };
  const open = [root];
  for (const [token, slash, tag, rest] of html.matchAll(TOKEN)) {
    const name = tag?.toLowerCase();
    if (!name) open.at(-1).children.push(token.startsWith("<!--") ? "" : decoded(token));
    else if (slash) {
      const at = open.findLastIndex((element) => element.name === name);
      if (at > 0) open.length = at;
    } else {
      const attributes = Object.fromEntries(
        [...rest.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, key, value]) => [key, decoded(value ?? "")]),
      );
      const element = { name, attributes, children: [] };
      open.at(-1).children.push(element);
      if (!VOID.has(name)) open.push(element);
    }
  }
  return root;
}

const CHARACTERS = { "&lt;": "<", "&gt;": ">", "&quot;": '"', "&amp;": "&" };
const decoded = (text) => text.replace(/&(?:lt|gt|quot|amp);/g, (entity) => CHARACTERS[entity]);

/** The form of blocks, in which runs of inline nodes are paragraphs. */
function blocksForm(nodes) {
  let form = "";
  let run = [];
  const flush = () => {
    const words = inlineForm(run);
    if (words) form += `p(${words})`;
    run = [];
  };
  for (const node of nodes) {
    if (typeof node === "string" || INLINE.has(node.name)) run.push(node);
    else {
      flush();
      form += elementForm(node);
    }
  }
  flush();
  return form;
}

function elementForm({ name, attributes, children }) {
  switch (name) {
    case "pre": {
      const language = /language-(\S+)/.exec(children[0]?.attributes?.class)?.[1] ?? "";
      return `code:${language}(${textOf(children)})`;
    }
    case "ol":
      return `ol:${attributes.start ?? 1}(${blocksForm(children)})`;
    case "p": {
      const words = inlineForm(children);
      return words && `p(${words})`;
    }
    case "thead":
    case "tbody":
      return blocksForm(children);
    case "td":
    case "th":
      return `cell:${attributes.align ?? /align: *(\w+)/.exec(attributes.style)?.[1] ?? ""}(${inlineForm(children)})`;
    case "hr":
      return "hr";
    default:
      return `${name}(${/^h\d$/.test(name) ? inlineForm(children) : blocksForm(children)})`;
  }
}

function inlineForm(nodes) {
  const form = nodes.map((node) => {
    if (typeof node === "string") return node;
    const { name, attributes, children } = node;
    const inner = inlineForm(children);
    if (name === "br") return BREAK;
    if (name === "code") return `code(${textOf(children)})`;
    if (name === "a") return `a:${resolved(attributes.href)}(${inner})`;
    if (name === "img") return `img:${resolved(attributes.src)}(${attributes.alt})`;
    if (name === "input") return "checked" in attributes ? "☑" : "☐";
    return `${name}(${inner})`;
  });
  return tidy(form.join(""));
}

function textOf(nodes) {
  return nodes.map((node) => (typeof node === "string" ? node : textOf(node.children))).join("");
}

/** The address that a browser would open. Brackets in it may be encoded. */
function resolved(href = "") {
  const url = URL.canParse(href, "https://site.invalid/") ? new URL(href, "https://site.invalid/").href : href;
  return url.replace(/%5[bd]/gi, decodeURIComponent);
}

/** One space for white space, one break for line breaks, and none at the ends. */
function tidy(text) {
  return text
    .replace(/[ \t\r]*[\n⏎][\s⏎]*/g, BREAK)
    .replace(/[ \t\r]+/g, " ")
    .replace(/^[ ⏎]+|[ ⏎]+$/g, "");
}

function blockForm(block, definitions) {
  const inner = () => block.children.map((child) => blockForm(child, definitions)).join("");
  const words = () => tidy(nodesForm(block.inline, definitions));
  switch (block.type) {
    case "paragraph": {
      const all = task(block) + words();
      return all && `p(${all})`;
    }
    case "heading":
      return `h${block.level}(${words()})`;
    case "rule":
      return "hr";
    case "summary":
      return `summary(${words()})`;
    case "code":
      return `code:${block.label}(${block.text})`;
    case "list":
      return /[-+*]/.test(block.mark) ? `ul(${inner()})` : `ol:${block.start}(${inner()})`;
    case "item":
      return `li(${inner()})`;
    case "quote":
      return `blockquote(${inner()})`;
    case "table":
      return `table(${block.children.map((row) => rowForm(row, block.align, definitions)).join("")})`;
    default:
      return `${block.type}(${inner() || block.text})`;
  }
}

/** The checkbox that the first paragraph of a task begins with. */
function task({ parent }) {
  if (parent?.type !== "item" || parent.isDone === null) return "";
  return parent.isDone ? "☑ " : "☐ ";
}

function rowForm({ children }, align, definitions) {
  const cells = align.map((side, at) => `cell:${side}(${tidy(nodesForm(children[at]?.inline ?? [], definitions))})`);
  return `tr(${cells.join("")})`;
}

function nodesForm(nodes, definitions, isInLink = false) {
  return nodes.map((node) => nodeForm(node, definitions, isInLink)).join("");
}

/** The form of a node. In a link, another link is only its words. */
function nodeForm(node, definitions, isInLink) {
  const { type, text = "", children = [], href = "", label = "", suffix = "", isImage = false } = node;
  const inner = () => nodesForm(children, definitions, isInLink);
  switch (type) {
    case "text":
      return text;
    case "break":
      return BREAK;
    case "code":
      return `code(${text})`;
    case "link":
      return isInLink ? inner() : `a:${resolved(href)}(${tidy(nodesForm(children, definitions, true))})`;
    case "image":
      return `img:${resolved(href)}(${plain(children)})`;
    case "reference": {
      const target = definitions.get(normalizeLabel(label));
      if (target === undefined) return `${isImage ? "![" : "["}${inner()}]${decodeMarkdown(suffix)}`;
      return nodeForm({ ...node, type: isImage ? "image" : "link", href: target }, definitions, isInLink);
    }
    case "math":
    case "footnote":
      return `${type}(${text || label})`;
    default:
      return `${type}(${tidy(inner())})`;
  }
}

function plain(nodes) {
  return nodes.map(({ text, children }) => text ?? plain(children ?? [])).join("");
}
