import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {(Node | string)[]} Children */

const SAFE_PROTOCOLS = new Set(["http:", "https:", "mailto:"]);
/** A file in the container of a program, with its name. */
const SANDBOX = /^sandbox:(?:.*\/)?([^/]+)$/i;
/** A file of a collection, at the passage that an answer cites: the one link that leads to this site. */
const COLLECTION_FILE = /^\/knowledge\/files\/[0-9a-f-]{36}\/(?:\?[a-z0-9=&]*)?$/;
const HOST = "(?:[^\\s./:@]+\\.)+(?:[a-z]{2,}|xn--[a-z0-9-]+)|(?:\\d{1,3}\\.){3}\\d{1,3}";
/** A text that is an address as a whole, with its host. */
const WHOLE_ADDRESS = new RegExp(`^\\s*(?:https?:\\/\\/)?(${HOST})(?:[/:?#]\\S*)?\\s*$`, "iu");
/** An address among words, which has a scheme or begins like most do. */
const ADDRESS = new RegExp(`(?:https?:\\/\\/|\\b(?=www\\.))(${HOST})`, "giu");

/**
 * Render a link to another site, or a plain span if its URL isn't safe.
 *
 * The link shows its host on hover and focus, and always if its text looks like another URL.
 *
 * @param {string} href
 * @param {Children} children the link's text
 */
export function renderLink(href, children) {
  const isOurs = COLLECTION_FILE.test(href);
  const url = isOurs ? new URL(href, location.href) : safeUrl(href);
  if (!url) return fileLink(href, children) ?? wrap("span", children);
  const link = anchor(url, children);
  const text = link.textContent ?? "";
  const target = url.host || url.pathname;
  if (!isOurs && !text.includes(target)) link.dataset.target = target;
  if (namedHosts(text).some((named) => named !== withoutWww(url.hostname))) link.classList.add("misleading");
  return link;
}

/**
 * Return the hosts that a text names to its reader, without `www.`.
 *
 * @param {string} text
 */
export function namedHosts(text) {
  // As it looks: signs that aren't seen count for nothing, and a wide full stop is one.
  const seen = text
    .normalize("NFKC")
    .replace(/\p{Cf}/gu, "")
    .replaceAll("。", ".");
  const whole = WHOLE_ADDRESS.exec(seen);
  const hosts = whole ? [whole[1]] : [...seen.matchAll(ADDRESS)].map(([, host]) => host);
  return hosts.map((host) => withoutWww(host.toLowerCase()));
}

/**
 * Render a link to an image on another site. The image isn't loaded, because that would tell the site who reads this.
 *
 * @param {string} href
 * @param {Children} children the image's description
 */
export function renderImage(href, children) {
  const url = safeUrl(href);
  if (!url?.host) return fileLink(href, children, { isImage: true }) ?? wrap("span", children);
  const action = document.createElement("span");
  action.textContent = interpolate(gettext("Show image from %(host)s"), { host: url.host });
  const link = anchor(url, [...children, " ", action]);
  link.className = "external-image";
  return link;
}

/**
 * Render what names a file in the model's container, which the page knows by its name (chat/items/files); undefined if
 * nothing is named.
 *
 * @param {string} href
 * @param {Children} children
 * @param {{isImage?: boolean}} [options]
 */
function fileLink(href, children, { isImage = false } = {}) {
  const path = SANDBOX.exec(href)?.[1];
  if (!path) return undefined;
  const link = wrap("file-link", children);
  link.dataset.name = decoded(path);
  link.toggleAttribute("data-image", isImage);
  return link;
}

/** @param {string} text */
function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
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
