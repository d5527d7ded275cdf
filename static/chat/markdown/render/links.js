import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {(Node | string)[]} Children */

const SAFE = new Set(["http:", "https:", "mailto:"]);
const LOOKS_LIKE_ADDRESS = /^\s*(?:https?:\/\/)?((?:[^\s./:@]+\.)+[a-z]{2,})(?:[/:?#]\S*)?\s*$/i;

/**
 * A link to another site, which shows where it leads while it is pointed at or focused, and always where its words are
 * another address. What leads anywhere else, or runs something, is no link.
 *
 * @param {string} href
 * @param {Children} words
 */
export function renderLink(href, words) {
  const url = safeUrl(href);
  if (!url) return wrap("span", words);
  const link = anchor(url, words);
  const text = link.textContent ?? "";
  const target = url.host || url.pathname;
  if (!text.includes(target)) link.dataset.target = target;
  const named = LOOKS_LIKE_ADDRESS.exec(text)?.[1].toLowerCase();
  if (named && bare(named) !== bare(url.hostname)) link.classList.add("misleading");
  return link;
}

/**
 * A picture from elsewhere would tell that server who reads this, so it opens only when it is asked for.
 *
 * @param {string} href
 * @param {Children} words what is to be seen on it
 */
export function renderImage(href, words) {
  const url = safeUrl(href);
  if (!url?.host) return wrap("span", words);
  const action = document.createElement("span");
  action.textContent = interpolate(gettext("Show picture from %(host)s"), { host: url.host });
  const link = anchor(url, [...words, " ", action]);
  link.className = "outside-picture";
  return link;
}

/** @param {string} href @returns {URL | null} */
function safeUrl(href) {
  const url = URL.parse(href);
  return url && SAFE.has(url.protocol) ? url : null;
}

/** @param {URL} url @param {Children} words */
function anchor(url, words) {
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.append(...words);
  return link;
}

/** @param {string} name @param {Children} children */
function wrap(name, children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

/** @param {string} host */
function bare(host) {
  return host.replace(/^www\./, "");
}
