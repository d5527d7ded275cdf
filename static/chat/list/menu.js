import { exportUrl } from "chat/lib/address";
import { find } from "chat/lib/dom";
import { conversationOf, labelOf } from "chat/list/entry";

/** The distance between the menu and the button, in pixels. */
const GAP = 4;

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/**
 * When to offer a choice; one that isn't listed is offered unless the conversation is temporary.
 *
 * @type {Record<string, (conversation: Conversation) => boolean>}
 */
const OFFERED = {
  pin: ({ pinned, archived }) => !pinned && !archived,
  unpin: ({ pinned, archived }) => pinned && !archived,
  archive: ({ archived }) => !archived,
  unarchive: ({ archived }) => archived,
};

/**
 * The menu of actions on a conversation. All entries of the list and the header share it.
 *
 * Event: `choose`. Its detail has the `choice`, which is the item's `data-choice`, the `conversation`, and its `entry`.
 */
export class EntryMenu extends HTMLElement {
  /** @type {HTMLElement | undefined} */ #entry;

  connectedCallback() {
    this.addEventListener("beforetoggle", (event) => event.newState === "open" && this.#prepare());
    this.addEventListener("toggle", (event) => event.newState === "open" && this.#items[0]?.focus());
    this.addEventListener("keydown", (event) => this.#pressed(event));
    this.addEventListener("click", ({ target }) => target instanceof HTMLElement && this.#clicked(target));
  }

  /**
   * Set the entry for which the menu opens next. The entry's button opens it by `popovertarget`.
   *
   * @param {HTMLElement} entry
   */
  attachTo(entry) {
    if (entry !== this.#entry && this.matches(":popover-open")) this.hidePopover();
    this.#entry = entry;
  }

  /** Show the items that apply to the conversation, and place the menu below or above the entry's button. */
  #prepare() {
    const entry = this.#entry;
    if (!entry) return;
    const conversation = conversationOf(entry);
    const isTemporary = entry.hasAttribute("data-temporary");
    for (const item of this.querySelectorAll("button"))
      item.hidden = isTemporary || !(OFFERED[item.dataset.choice ?? ""]?.(conversation) ?? true);
    const isOpen = entry.localName !== "li" || labelOf(entry).ariaCurrent === "page";
    find(this, "[data-choice=print]", HTMLButtonElement).hidden = !isOpen;
    for (const item of this.querySelectorAll("a"))
      item.href = exportUrl(conversation.id, item.dataset.format ?? "", isOpen);
    const button = find(entry, ".options", HTMLElement).getBoundingClientRect();
    const isLow = button.bottom > innerHeight / 2;
    this.style.top = isLow ? "auto" : `${button.bottom + GAP}px`;
    this.style.bottom = isLow ? `${innerHeight - button.top + GAP}px` : "auto";
    const isRightToLeft = getComputedStyle(this).direction === "rtl";
    this.style.left = isRightToLeft ? `${button.left}px` : "auto";
    this.style.right = isRightToLeft ? "auto" : `${document.documentElement.clientWidth - button.right}px`;
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const items = this.#items;
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") this.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  }

  /**
   * Choose something for an entry, as if it was chosen in the menu.
   *
   * @param {string} choice
   * @param {HTMLElement} entry
   */
  choose(choice, entry) {
    const detail = { choice, conversation: conversationOf(entry), entry };
    this.dispatchEvent(new CustomEvent("choose", { detail }));
  }

  /** @param {HTMLElement} target */
  #clicked(target) {
    const item = /** @type {HTMLElement | null} */ (target.closest("[role=menuitem]"));
    if (!item || !this.#entry) return;
    this.hidePopover();
    if (item.dataset.choice) this.choose(item.dataset.choice, this.#entry);
  }

  get #items() {
    return /** @type {HTMLElement[]} */ ([...this.querySelectorAll("[role=menuitem]")]).filter(({ hidden }) => !hidden);
  }
}

customElements.define("entry-menu", EntryMenu);
