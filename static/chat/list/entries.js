import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { dayLabel } from "chat/list/days";
import { conversationOf, createEntry, isPinned, labelOf, sortsBefore, updateEntry } from "chat/list/entry";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** The entries of a list of conversations in their order, with headings between them. */
export class Entries {
  #list;

  /** @param {HTMLElement} list in whose data the conversation is named that the page shows */
  constructor(list) {
    this.#list = list;
  }

  get all() {
    return /** @type {HTMLLIElement[]} */ ([...this.#ul.querySelectorAll("li.entry")]);
  }

  /** @param {string} id */
  byId(id) {
    return this.all.find((entry) => entry.dataset.id === id);
  }

  /** @param {Conversation[]} conversations those that aren't listed yet */
  append(conversations) {
    this.#ul.append(...conversations.filter(({ id }) => !this.byId(id)).map(createEntry));
    this.group();
  }

  /**
   * Put the entry of a conversation where it belongs, or remove it if it isn't in this part of the list.
   *
   * @param {Conversation} conversation
   * @param {boolean} isListed
   */
  place(conversation, isListed) {
    const entry = this.byId(conversation.id) ?? createEntry(conversation);
    const below = this.all.find((other) => other !== entry && sortsBefore(conversation, conversationOf(other)));
    // An entry below the last one shown is loaded when somebody scrolls there.
    if (!isListed || (!below && !find(this.#list, ".older", HTMLElement).hidden)) {
      this.#remove(entry);
    } else {
      updateEntry(entry, conversation);
      this.#mark(entry);
      // Moved only if necessary, because it may have the focus.
      if (!entry.isConnected || this.#next(entry) !== below) this.#ul.insertBefore(entry, below ?? null);
    }
    this.group();
  }

  /**
   * Show these conversations and no others. Entries are kept in place, because one may have the focus or an open menu.
   *
   * @param {Conversation[]} conversations
   */
  showOnly(conversations) {
    const known = new Map(this.all.map((entry) => [entry.dataset.id, entry]));
    const wanted = new Set(conversations.map(({ id }) => id));
    for (const [id = "", entry] of known)
      if (!wanted.has(id) && !entry.hasAttribute("data-renaming")) this.#remove(entry);
    for (const heading of this.#headings) heading.remove();
    const focused = document.activeElement;
    let place = this.#ul.firstElementChild;
    for (const conversation of conversations) {
      const entry = known.get(conversation.id) ?? createEntry(conversation);
      updateEntry(entry, conversation);
      this.#mark(entry);
      if (entry !== place) this.#ul.insertBefore(entry, place);
      place = entry.nextElementSibling;
    }
    if (focused instanceof HTMLElement && this.#list.contains(focused)) focused.focus({ preventScroll: true });
    this.group();
  }

  /** Mark the conversation that the page shows. */
  mark() {
    for (const entry of this.all) this.#mark(entry);
  }

  /** Insert a heading before the pinned entries, and before the first entry of each period. */
  group() {
    for (const heading of this.#headings) heading.remove();
    const now = new Date();
    let label = "";
    for (const entry of this.all) {
      const conversation = conversationOf(entry);
      const moment = new Date(conversation.updated_at);
      const next = isPinned(conversation) ? gettext("Pinned") : dayLabel(moment, now, document.documentElement.lang);
      if (next === label) continue;
      label = next;
      const heading = document.createElement("li");
      heading.className = "day";
      heading.textContent = label;
      entry.before(heading);
    }
  }

  /** @param {HTMLElement} entry */
  #mark(entry) {
    labelOf(entry).ariaCurrent = entry.dataset.id === this.#list.dataset.shown ? "page" : null;
  }

  /**
   * Remove an entry. If it has the focus, move that to the next one.
   *
   * @param {HTMLElement} entry
   */
  #remove(entry) {
    const entries = this.all;
    const at = entries.indexOf(/** @type {HTMLLIElement} */ (entry));
    const neighbour = entries[at + 1] ?? entries[at - 1];
    const hadFocus = entry.contains(document.activeElement);
    entry.remove();
    if (hadFocus) (neighbour ? labelOf(neighbour) : find(this.#list, ".new", HTMLElement)).focus();
  }

  /** @param {HTMLElement} entry */
  #next(entry) {
    const entries = this.all;
    return entries[entries.indexOf(/** @type {HTMLLIElement} */ (entry)) + 1];
  }

  get #headings() {
    return this.#ul.querySelectorAll("li.day");
  }

  get #ul() {
    return find(this.#list, ".listed > ul", HTMLElement);
  }
}
