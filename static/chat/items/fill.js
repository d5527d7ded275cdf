import { GeneratedImage } from "chat/items/generated-image";
import { ValueList } from "chat/items/values";
import { find } from "chat/lib/dom";
import { visible } from "chat/lib/visible";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * Fill the element of a block with its content and label.
 *
 * @param {HTMLElement} element
 * @param {import("chat/items/blocks").Block} block
 */
export function fill(element, { content, label, href }) {
  const shown = find(element, ".label", HTMLElement);
  if (href) shown.replaceChildren(linkTo(href, label));
  else shown.textContent = visible(label);
  const target = find(element, ".content", HTMLElement);
  if (target instanceof MarkdownText) target.text = content;
  else if (target instanceof ValueList || target instanceof GeneratedImage) target.json = content;
  else if (target instanceof HTMLImageElement) target.src = content;
  else if (target.textContent !== visible(content)) target.textContent = visible(content);
  if (target instanceof HTMLAnchorElement) target.href = content;
}

/**
 * Return a link to a page of this site, which opens beside this one.
 *
 * @param {string} href
 * @param {string} label
 */
function linkTo(href, label) {
  const link = document.createElement("a");
  link.href = href;
  link.target = "_blank";
  link.rel = "noopener";
  link.textContent = visible(label);
  return link;
}
