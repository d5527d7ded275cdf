/** Numbers at the links of an answer's texts that lead to its sources: models write what they cite as links, too. */

import { gettext, interpolate } from "chat/lib/translations";
import { namedHosts } from "chat/markdown/render/links";

/** @typedef {import("chat/items/citations").Source} Source */

const LINKS = "response-output > markdown-text a[href]:not(.misleading)";

/**
 * Number the links to the sources. A link that only names its site becomes its number, which is what it says in the list
 * of the sources; other words stay, with the number behind them.
 *
 * @param {ParentNode} answer
 * @param {Source[]} sources in the order of the list
 */
export function markSources(answer, sources) {
  const places = new Map(sources.map(({ url }, at) => [(url && URL.parse(url, document.baseURI)?.href) || "", at]));
  places.delete("");
  if (!places.size) return;
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (answer.querySelectorAll(LINKS))) {
    const at = places.get(link.href);
    if (at !== undefined) mark(link, at + 1, sources[at]);
  }
}

/**
 * @param {HTMLAnchorElement} link
 * @param {number} number
 * @param {Source} source
 */
function mark(link, number, { title, host }) {
  const known = link.matches(".source-mark") ? link : link.querySelector(".source-number");
  if (known) {
    known.textContent = String(number);
    return;
  }
  const text = (link.textContent ?? "").trim();
  if (!/\s/.test(text) && namedHosts(text).includes(host)) {
    link.className = "source-mark";
    link.textContent = String(number);
    takeOutOfBrackets(link);
    const name = title === host ? host : `${title}, ${host}`;
    link.ariaLabel = interpolate(gettext("Source %(number)s: %(name)s"), { number, name });
    link.dataset.target = title === host ? host : `${title} · ${host}`;
  } else {
    const mark = document.createElement("span");
    mark.className = "source-number";
    mark.textContent = String(number);
    link.append(mark);
  }
}

/** Remove the brackets around a link that has nothing else in them, and the space before them. @param {Element} link */
function takeOutOfBrackets({ previousSibling: before, nextSibling: after }) {
  if (!(before instanceof Text && after instanceof Text)) return;
  if (!before.data.endsWith("(") || !after.data.startsWith(")")) return;
  before.data = before.data.replace(/\s*\($/, "");
  after.data = after.data.slice(1);
}
