/** Copying what is selected: its formulas as TeX. A formula's elements would be copied twice, a sign to a line. */

import { FORMULA, richText, texOf } from "chat/markdown/render/rich-text";

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (event.defaultPrevented || !event.clipboardData || !selection?.rangeCount || selection.isCollapsed) return;
  const selected = document.createElement("div");
  selected.append(withWholeFormulas(selection.getRangeAt(0)).cloneContents());
  if (!selected.querySelector(FORMULA)) return;
  event.preventDefault();
  event.clipboardData.setData("text/html", richText(selected));
  event.clipboardData.setData("text/plain", plainText(selected));
});

/** @param {Range} range */
function withWholeFormulas(range) {
  const whole = range.cloneRange();
  const [first, last] = [range.startContainer, range.endContainer].map((node) => node.parentElement?.closest(FORMULA));
  if (first) whole.setStartBefore(first);
  if (last) whole.setEndAfter(last);
  return whole;
}

/** @param {HTMLElement} selected which loses its formulas */
function plainText(selected) {
  for (const formula of selected.querySelectorAll(FORMULA)) formula.replaceWith(texOf(formula) ?? "");
  // Only what is in the page has lines.
  selected.className = "visually-hidden";
  document.body.append(selected);
  const text = selected.innerText;
  selected.remove();
  return text;
}
