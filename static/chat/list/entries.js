import { find } from "chat/lib/dom";
import { conversationOf, createEntry, labelOf, sortsBefore, updateEntry } from "chat/list/entry";
import { Headings } from "chat/list/headings";
import { olderOf } from "chat/list/pages";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** How many entries share an element: a browser skips the layout of elements that are out of view. */
const ENTRIES_PER_PIECE = 50;

/**
 * The entries of a list of conversations in their order, with headings between them.
 *
 * The list may be thousands long, so nothing here looks at all of them if one has changed.
 */
export class Entries {
  #list;
  /** @type {Map<string, HTMLElement>} */ #byId = new Map();
  /** @type {HTMLElement | undefined} the entry that is marked */ #marked;
  #headings = new Headings();

  /** @param {HTMLElement} list in whose data the conversation is named that the page shows */
  constructor(list) {
    this.#list = list;
  }

  /** Take over the entries that the server rendered. */
  begin() {
    const entries = this.#all;
    this.#byId = new Map(entries.map((entry) => [entry.dataset.id ?? "", entry]));
    this.#marked = entries.find((entry) => labelOf(entry).ariaCurrent);
    this.#headings.setAll(entries);
  }

  get count() {
    return this.#byId.size;
  }

  /** @param {string} id */
  byId(id) {
    return this.#byId.get(id);
  }

  /** @param {Conversation[]} conversations those that aren't listed yet */
  append(conversations) {
    const unlisted = conversations.filter(({ id }) => !this.#byId.has(id));
    let previous = this.#last;
    for (let at = 0; at < unlisted.length; at += ENTRIES_PER_PIECE) {
      const entries = unlisted.slice(at, at + ENTRIES_PER_PIECE).map((conversation) => this.#create(conversation));
      this.#addPiece().append(...entries);
      for (const entry of entries) {
        this.#headings.set(entry, previous);
        previous = entry;
      }
    }
    this.mark();
  }

  /**
   * Put the entry of a conversation where it belongs, or remove it if it isn't in this part of the list.
   *
   * @param {Conversation} conversation
   * @param {boolean} isListed
   */
  place(conversation, isListed) {
    const known = this.#byId.get(conversation.id);
    const below = isListed ? this.#entryBelow(conversation, known) : undefined;
    // An entry below the last one shown is loaded when somebody scrolls there.
    if (!isListed || (!below && !olderOf(this.#list).hidden)) {
      if (known) this.#remove(known);
      return;
    }
    const entry = known ?? this.#create(conversation);
    updateEntry(entry, conversation);
    // Moved only if necessary, because it may have the focus.
    if (!known || nextOf(entry) !== below) {
      if (known) this.#detach(entry);
      if (below) this.#headings.remove(below);
      if (below) below.before(entry);
      else this.#lastPiece.append(entry);
    }
    this.#setHeadings(entry, below);
    if (this.#headings.areOfAnotherDay) this.#headings.setAll(this.#all);
    this.mark();
  }

  /**
   * Show these conversations and no others. Entries are kept in place, because one may have the focus or an open menu.
   *
   * @param {Conversation[]} conversations
   */
  showOnly(conversations) {
    const wanted = new Set(conversations.map(({ id }) => id));
    for (const [id, entry] of this.#byId) {
      if (wanted.has(id) || entry.hasAttribute("data-renaming")) continue;
      this.#forget(entry);
      entry.remove();
    }
    for (const heading of this.#list.querySelectorAll("li.day")) heading.remove();
    const focused = document.activeElement;
    for (let at = 0; at < Math.max(conversations.length, 1); at += ENTRIES_PER_PIECE) {
      const piece = this.#pieces[at / ENTRIES_PER_PIECE] ?? this.#addPiece();
      let place = piece.firstElementChild;
      for (const conversation of conversations.slice(at, at + ENTRIES_PER_PIECE)) {
        const entry = this.#byId.get(conversation.id) ?? this.#create(conversation);
        updateEntry(entry, conversation);
        if (entry !== place) piece.insertBefore(entry, place);
        place = entry.nextElementSibling;
      }
    }
    for (const piece of this.#pieces.slice(1)) if (!piece.childElementCount) piece.remove();
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus({ preventScroll: true });
    this.#headings.setAll(this.#all);
    this.mark();
  }

  /** Mark the conversation that the page shows. */
  mark() {
    const shown = this.#byId.get(this.#list.dataset.shown ?? "");
    if (this.#marked && this.#marked !== shown) labelOf(this.#marked).ariaCurrent = null;
    if (shown) labelOf(shown).ariaCurrent = "page";
    this.#marked = shown;
  }

  /** @param {Conversation} conversation */
  #create(conversation) {
    const entry = createEntry(conversation);
    this.#byId.set(conversation.id, entry);
    return entry;
  }

  /**
   * Return the entry that stands below a conversation, undefined for the last one.
   *
   * @param {Conversation} conversation
   * @param {HTMLElement} [known] its entry, if it is listed
   */
  #entryBelow(conversation, known) {
    const [previous, next] = known ? [previousOf(known), nextOf(known)] : [];
    const isBelow = !previous || !sortsBefore(conversation, conversationOf(previous));
    if (known && isBelow && (!next || sortsBefore(conversation, conversationOf(next)))) return next;
    let other = this.#first;
    while (other && (other === known || !sortsBefore(conversation, conversationOf(other)))) other = nextOf(other);
    return other;
  }

  /** @param {HTMLElement} entry */
  #remove(entry) {
    this.#forget(entry);
    this.#detach(entry);
  }

  /**
   * Forget an entry that is to be removed. If it has the focus, move that to the next one.
   *
   * @param {HTMLElement} entry
   */
  #forget(entry) {
    this.#byId.delete(entry.dataset.id ?? "");
    if (this.#marked === entry) this.#marked = undefined;
    if (!entry.contains(document.activeElement)) return;
    const neighbour = nextOf(entry) ?? previousOf(entry);
    (neighbour ? labelOf(neighbour) : find(this.#list, ".new", HTMLElement)).focus();
  }

  /** @param {HTMLElement} entry */
  #detach(entry) {
    const next = nextOf(entry);
    const piece = entry.parentElement;
    this.#headings.remove(entry);
    entry.remove();
    if (!piece?.childElementCount && this.#pieces.length > 1) piece?.remove();
    this.#setHeadings(next);
  }

  /** @param {(HTMLElement | undefined)[]} entries that have another entry above them now */
  #setHeadings(...entries) {
    for (const entry of entries) if (entry) this.#headings.set(entry, previousOf(entry));
  }

  #addPiece() {
    const piece = document.createElement("ul");
    this.#lastPiece.after(piece);
    return piece;
  }

  get #pieces() {
    const { children } = find(this.#list, ".listed", HTMLElement);
    return [...children].filter((child) => child instanceof HTMLUListElement);
  }

  get #lastPiece() {
    return this.#pieces[this.#pieces.length - 1];
  }

  get #all() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll(".listed > ul > .entry")]);
  }

  get #first() {
    return /** @type {HTMLElement | undefined} */ (this.#list.querySelector(".listed .entry") ?? undefined);
  }

  get #last() {
    const last = this.#lastPiece.lastElementChild;
    return last instanceof HTMLElement ? last : undefined;
  }
}

/** @param {HTMLElement} entry */
const nextOf = (entry) => neighbourOf(entry, "nextElementSibling", "firstElementChild");

/** @param {HTMLElement} entry */
const previousOf = (entry) => neighbourOf(entry, "previousElementSibling", "lastElementChild");

/**
 * Return the entry beside this one, in the same piece of the list or in the next.
 *
 * @param {Element} entry
 * @param {"nextElementSibling" | "previousElementSibling"} sibling
 * @param {"firstElementChild" | "lastElementChild"} outermost
 */
function neighbourOf(entry, sibling, outermost) {
  let found = entry[sibling] ?? entry.parentElement?.[sibling]?.[outermost];
  if (found?.matches(".day")) found = found[sibling] ?? found.parentElement?.[sibling]?.[outermost];
  return found instanceof HTMLElement && found.matches(".entry") ? found : undefined;
}
