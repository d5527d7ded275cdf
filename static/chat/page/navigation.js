import { conversationUrl } from "chat/lib/address";
import { find } from "chat/lib/dom";
import { fetchDocument } from "chat/lib/http";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";

/** @typedef {import("chat/thread/place").Place} Place */

/** The elements that belong to the conversation that the page shows. All others stay when it shows another one. */
const PARTS = ["conversation-tools", "temporary-mode", "chat-thread", "chat-composer"];
/** The paths of the chat page. */
const CHAT_PATH = /^\/(?:conversations\/[0-9a-f-]{36}\/)?$/;

/**
 * Shows another conversation without a reload of the page: fetches its page and takes over its parts.
 *
 * What can't be taken over is loaded as a browser does: an error, a page of a newer version of the site, one for
 * another person.
 */
export class Navigation {
  #mayLeave;
  #place;
  #onOpen;
  #main = find(document, "main", HTMLElement);
  /** The address of what the page shows. */
  #shown = location.href;
  /** The paths of conversations that are deleted, to which the browser's history may lead. @type {Set<string>} */
  #gone = new Set();
  /** Where the reader was when the page left an address. @type {Map<string, Place | null>} */
  #places = new Map();
  #aborter = new AbortController();

  /**
   * @param {object} callbacks
   * @param {(url: URL) => Promise<boolean>} callbacks.mayLeave called before the page leaves for an address
   * @param {() => Place | null} callbacks.place returns where the reader is
   * @param {(page: Document, isListOnly: boolean, place: Place | null) => void} callbacks.onOpen called with the page
   *   that was fetched: when its parts have taken their places, or when it differs in the list only. The place is the
   *   one at which the reader left it, if the browser's history leads back.
   */
  constructor({ mayLeave, place, onOpen }) {
    this.#mayLeave = mayLeave;
    this.#place = place;
    this.#onOpen = onOpen;
    document.addEventListener("click", (event) => this.#clicked(event));
    addEventListener("popstate", () => this.#popped());
  }

  /**
   * Show what is at an address of the site.
   *
   * @param {string} address
   */
  async go(address) {
    const url = new URL(address, location.href);
    this.#gone.delete(url.pathname);
    await this.#open(url, () => {
      const isForgotten = this.#isForgotten || url.href === this.#shown || this.#isListOnly(url);
      history[isForgotten ? "replaceState" : "pushState"](null, "", url);
    });
  }

  /**
   * Change the address to one that shows this branch after a reload.
   *
   * @param {string} conversation
   * @param {string} response a response on the branch; empty for the conversation's default branch
   */
  update(conversation, response) {
    const url = new URL(conversationUrl(conversation), location.href);
    const isOpen = url.pathname === location.pathname;
    if (isOpen) url.search = location.search;
    if (response) url.searchParams.set("response", response);
    else url.searchParams.delete("response");
    if (!isOpen) history.pushState(null, "", url);
    else if (url.search !== location.search) history.replaceState(null, "", url);
    this.#shown = location.href;
  }

  /**
   * Note that a conversation is deleted: the browser's history leads to a new one instead.
   *
   * @param {string} conversation
   */
  forget(conversation) {
    this.#gone.add(conversationUrl(conversation));
  }

  /** Whether what the page shows is deleted. */
  get #isForgotten() {
    return this.#gone.has(new URL(this.#shown).pathname);
  }

  /** @param {MouseEvent} event */
  async #clicked(event) {
    const { target, button, ctrlKey, metaKey, shiftKey, altKey, defaultPrevented } = event;
    const link = target instanceof Element && target.closest("a[href]");
    const isPlain = !(defaultPrevented || button || ctrlKey || metaKey || shiftKey || altKey);
    if (!isPlain || !(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    const url = new URL(link.href);
    const isWithin = url.hash && pageOf(url) === pageOf(location);
    if (url.origin !== location.origin || isWithin) return;
    event.preventDefault();
    if (CHAT_PATH.test(url.pathname)) await this.go(link.href);
    else if (await this.#mayLeave(url)) this.#load(url);
  }

  async #popped() {
    // The browser moves within a page by itself.
    if (pageOf(location) === pageOf(new URL(this.#shown))) return;
    if (this.#gone.has(location.pathname)) history.replaceState(null, "", "/");
    const isDone = await this.#open(new URL(location.href), () => {}, this.#places.get(pageOf(location)));
    if (!isDone) history.pushState(null, "", this.#shown);
  }

  /**
   * Fetch a page and take it over. Return false if the page stays as it is.
   *
   * @param {URL} url
   * @param {() => void} changeHistory called when the page is taken over
   * @param {Place | null} [place] where to open it
   */
  async #open(url, changeHistory, place = null) {
    if (!(await this.#mayLeave(url))) return false;
    this.#aborter.abort();
    const aborter = new AbortController();
    this.#aborter = aborter;
    this.#main.ariaBusy = "true";
    const fetched = new URL(url);
    if (place) fetched.searchParams.set("at", place.response);
    const { status, page, isRedirected } = await fetchDocument(fetched.href, aborter.signal);
    // Another one was chosen meanwhile.
    if (aborter.signal.aborted) return true;
    this.#main.ariaBusy = null;
    if (!status) {
      toast().show(gettext("The connection was lost. Try again."));
      return false;
    }
    if (isRedirected || !page || stampOf(page) !== stampOf(document)) {
      this.#load(url);
      return true;
    }
    const isListOnly = this.#isListOnly(url);
    this.#places.set(pageOf(new URL(this.#shown)), this.#place());
    changeHistory();
    this.#shown = location.href;
    if (!isListOnly) for (const name of PARTS) takeOver(page, name);
    this.#onOpen(page, isListOnly, place);
    return true;
  }

  /**
   * Return whether an address differs from that of what is shown only in which list stands beside it.
   *
   * @param {URL} url
   */
  #isListOnly(url) {
    const [one, other] = [new URL(url), new URL(this.#shown)];
    const differs = one.search !== other.search;
    for (const { searchParams } of [one, other]) for (const name of ["archived", "before"]) searchParams.delete(name);
    return differs && pageOf(one) === pageOf(other);
  }

  /** @param {URL} url */
  #load(url) {
    if (url.href === location.href) location.reload();
    else if (this.#isForgotten) location.replace(url);
    else location.assign(url);
  }
}

/** @param {Location | URL} address */
const pageOf = ({ pathname, search }) => pathname + search;

/**
 * Return what two pages must have in common, so that one can take over parts of the other: person, language, appearance,
 * scripts and style sheets.
 *
 * @param {Document} page
 */
function stampOf(page) {
  const { lang, dataset } = page.documentElement;
  const person = page.querySelector("chat-composer")?.getAttribute("data-user");
  const scripts = [...page.querySelectorAll("script[src]")].map((script) => script.getAttribute("src"));
  // Without that of formulas, which the page has only once it has shown one.
  const sheets = [...page.querySelectorAll("link[rel=stylesheet]:not([data-later])")].map((link) =>
    link.getAttribute("href"),
  );
  return [lang, dataset.theme, dataset.letters, person, ...scripts, ...sheets].join("\n");
}

/**
 * @param {Document} page
 * @param {string} name
 */
function takeOver(page, name) {
  // The browser has parsed the page itself: no text becomes HTML here.
  find(document, name, HTMLElement).replaceWith(document.importNode(find(page, name, HTMLElement), true));
}
