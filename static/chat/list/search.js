import { conversationUrl } from "chat/lib/address";
import { find, fromTemplate } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { request } from "chat/lib/http";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { shortDate } from "chat/list/days";
import { clearHighlights, highlightMatches } from "chat/list/highlights";

/**
 * @typedef {import("chat/live/protocol").Conversation} Conversation
 * @typedef {{
 *   conversation: Conversation,
 *   response_id: string | null,
 *   created_at: string | null,
 *   title: string[],
 *   snippet: string[],
 * }} Result
 * @typedef {{results: Result[], next: number | null}} Found
 */

/** How long to wait after the last key press before searching, in milliseconds. */
const DEBOUNCE_MS = 150;
/** The parameter for the words in the fragment of a result's URL. A fragment is never sent to the server. */
const WORDS_PARAMETER = "find";

/**
 * The search field for conversations, which searches as one types. The results replace the list.
 *
 * Event: `hit`, when a result that is on this page is chosen.
 */
export class ConversationSearch extends HTMLElement {
  #timer = 0;
  #aborter = new AbortController();

  connectedCallback() {
    const { field } = this;
    field.oninput = () => this.#typed();
    this.addEventListener("keydown", (event) => this.#pressed(event));
    this.#results.addEventListener("click", (event) => this.#choose(event));
    this.open();
  }

  /** Show the search with which the page's conversation was found, if it was. */
  open() {
    const words = wordsInUrl();
    if (!words) {
      if (this.field.value) this.#clear();
      return;
    }
    if (words !== this.field.value.trim()) {
      this.field.value = words;
      this.#search();
    }
    for (const link of this.#links) markShown(link);
    // After the thread has restored its scroll position.
    requestAnimationFrame(showHit);
  }

  get field() {
    return find(this, "input", HTMLInputElement);
  }

  #typed() {
    clearTimeout(this.#timer);
    if (this.field.value.trim()) this.#timer = setTimeout(() => this.#search(), DEBOUNCE_MS);
    else this.#clear();
  }

  #clear() {
    clearTimeout(this.#timer);
    this.#aborter.abort();
    this.field.value = "";
    this.#toggleResults(false);
    clearHighlights();
    if (location.hash) history.replaceState(history.state, "", location.pathname + location.search);
  }

  /** @param {number} [offset] the offset of the first result to fetch */
  async #search(offset = 0) {
    this.#aborter.abort();
    const aborter = new AbortController();
    this.#aborter = aborter;
    const words = this.field.value.trim();
    try {
      const query = new URLSearchParams({ q: words, offset: String(offset) });
      const response = await request("GET", `/search/?${query}`, undefined, aborter.signal);
      this.#show(words, offset, await response.json());
    } catch (error) {
      if (aborter.signal.aborted) return;
      this.#results.replaceChildren();
      this.#showOutcome(/** @type {Error} */ (error).message);
    }
  }

  /**
   * @param {string} words
   * @param {number} offset
   * @param {Found} found
   */
  #show(words, offset, { results, next }) {
    if (!offset) this.#results.replaceChildren();
    this.#results.append(...results.map((result) => resultOf(result, words)));
    const count = this.#results.childElementCount;
    const more = find(this, ".more", HTMLButtonElement);
    if (document.activeElement === more) this.#links[offset]?.focus();
    more.hidden = next === null;
    more.onclick = () => this.#search(next ?? 0);
    const counted =
      next === null ? ngettext("%(count)s result", "%(count)s results", count) : gettext("Top %(count)s results");
    this.#showOutcome(count ? interpolate(counted, { count }) : gettext("No results. Try fewer or different words."));
  }

  /** @param {string} outcome */
  #showOutcome(outcome) {
    this.#toggleResults(true);
    find(this, ".outcome", HTMLElement).textContent = outcome;
  }

  /** @param {boolean} isShown */
  #toggleResults(isShown) {
    find(this, ".found", HTMLElement).hidden = !isShown;
    if (isShown) return;
    this.#results.replaceChildren();
    find(this, ".outcome", HTMLElement).textContent = "";
    find(this, ".more", HTMLButtonElement).hidden = true;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { key } = event;
    const stops = [this.field, ...this.#links];
    const at = stops.indexOf(/** @type {HTMLAnchorElement} */ (document.activeElement));
    const to = stops[key === "ArrowDown" ? at + 1 : key === "ArrowUp" ? at - 1 : -1];
    if (isOfInputMethod(event)) return;
    if (key === "Escape" && this.field.value) {
      this.#clear();
      this.field.focus();
    } else if (key === "Enter" && at === 0) {
      stops[1]?.click();
    } else if (at >= 0 && to) {
      to.focus();
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * Show a result that is on this page without reloading it: its URL differs in the fragment at most.
   *
   * @param {MouseEvent} event
   */
  #choose(event) {
    const { target, ctrlKey, metaKey, shiftKey } = event;
    const link = target instanceof Element && target.closest("a");
    if (!link || ctrlKey || metaKey || shiftKey || pageOf(link) !== pageOf(location)) return;
    event.preventDefault();
    history.replaceState(history.state, "", link.href);
    this.dispatchEvent(new Event("hit", { bubbles: true }));
    if (!showHit()) location.reload();
  }

  get #results() {
    return find(this, "ul", HTMLUListElement);
  }

  get #links() {
    return [...this.#results.querySelectorAll("a")];
  }
}

const wordsInUrl = () => new URLSearchParams(location.hash.slice(1)).get(WORDS_PARAMETER);

/** @param {Location | HTMLAnchorElement} address */
const pageOf = ({ pathname, search }) => pathname + search;

/** Highlight the words in the response that the URL names. Return false if that response isn't on the page. */
function showHit() {
  const named = new URLSearchParams(location.search).get("response");
  const response = document.getElementById(`response-${named}`);
  const words = wordsInUrl();
  if (response && words) highlightMatches(response, words);
  else clearHighlights();
  return !named || response !== null;
}

/** @param {HTMLAnchorElement} link */
function markShown(link) {
  link.ariaCurrent = link.pathname === location.pathname ? "page" : null;
}

/**
 * @param {Result} result
 * @param {string} words
 */
function resultOf({ conversation, response_id, created_at, title, snippet }, words) {
  const result = fromTemplate("#search-result-template", HTMLLIElement);
  const link = find(result, "a", HTMLAnchorElement);
  const named = response_id ? `?response=${response_id}` : "";
  link.href = `${conversationUrl(conversation.id)}${named}#${new URLSearchParams({ [WORDS_PARAMETER]: words })}`;
  markShown(link);
  find(result, ".title", HTMLElement).append(...marked(title));
  find(result, ".snippet", HTMLElement).append(...marked(snippet));
  const moment = new Date(created_at ?? conversation.updated_at);
  find(result, ".moment", HTMLElement).textContent = shortDate(moment, new Date(), document.documentElement.lang);
  find(result, ".archived", HTMLElement).hidden = !conversation.archived;
  return result;
}

/**
 * Return the nodes of a text. Every second piece matches the query.
 *
 * @param {string[]} pieces
 */
function marked(pieces) {
  return pieces.map((piece, at) => {
    if (at % 2 === 0) return document.createTextNode(piece);
    const mark = document.createElement("mark");
    mark.textContent = piece;
    return mark;
  });
}

customElements.define("conversation-search", ConversationSearch);
