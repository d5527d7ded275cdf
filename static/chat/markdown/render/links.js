import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {(Node | string)[]} Children */

const SAFE_PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
const LOOKS_LIKE_URL = /^\s*(?:https?:\/\/)?((?:[^\s./:@]+\.)+[a-z]{2,})(?:[/:?#]\S*)?\s*$/i;

/**
 * Render a link to another site, or a plain span if its URL isn't safe.
 *
 * The link shows its host on hover and focus, and always if its text looks like another URL.
 *
 * @param {string} href
 * @param {Children} children the link's text
 */
export function renderLink(href, children) {
  const url = safeUrl(href);
  if (!url) return wrap("span", children);
  const link = anchor(url, children);
  const text = link.textContent ?? "";
  const target = url.host || url.pathname;
  if (!text.includes(target)) link.dataset.target = target;
  const named = LOOKS_LIKE_URL.exec(text)?.[1].toLowerCase();
  if (named && withoutWww(named) !== withoutWww(url.hostname)) link.classList.add("misleading");
  return link;
}

/**
 * Render a link to an image on another site. The image isn't loaded, because that would tell the site who reads this.
 *
 * @param {string} href
 * @param {Children} children the image's description
 */
export function renderImage(href, children) {
  const url = safeUrl(href);
  if (!url?.host) return wrap("span", children);
  const action = document.createElement("span");
  action.textContent = interpolate(gettext("Show image from %(host)s"), { host: url.host });
  const link = anchor(url, [...children, " ", action]);
  link.className = "external-image";
  return link;
}

/** @param {string} href @returns {URL | null} */
function safeUrl(href) {
  const url = URL.parse(href);
  return url && SAFE_PROTOCOLS.has(url.protocol) ? url : null;
}

/** @param {URL} url @param {Children} children */
function anchor(url, children) {
  const link = document.createElement("a");
  link.href = url.href;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.append(...children);
  return link;
}

/** @param {string} name @param {Children} children */
function wrap(name, children) {
  const made = document.createElement(name);
  made.append(...children);
  return made;
}

/** @param {string} host */
function withoutWww(host) {
  return host.replace(/^www\./, "");
}
