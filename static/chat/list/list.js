import { conversationUrl } from "chat/lib/address";
import { find } from "chat/lib/dom";
import { CHANGES, deleteConversation, offerUndo, offerUndoAfterLeaving, updateConversation } from "chat/list/actions";
import { makeDrawer } from "chat/list/drawer";
import { Entries } from "chat/list/entries";
import { conversationOf, setEntryTitle } from "chat/list/entry";
import { EntryMenu } from "chat/list/menu";
import { fetchPage, loadOlderOnScroll, updateOlderLink } from "chat/list/pages";
import { editTitle } from "chat/list/rename";

/** @typedef {import("chat/live/protocol").Conversation} Conversation */

/** The most entries that are reloaded. What was shown below them is loaded again when somebody scrolls there. */
const MAX_REFRESHED = 500;

/**
 * The list of a person's conversations beside the thread: the current ones, or the archived ones.
 *
 * Events: `changed`, whose detail is a conversation that is another one than the page knows; `open`, whose detail is the
 * address of one to open.
 */
export class ConversationList extends HTMLElement {
  #closeDrawer = () => {};
  #entries = new Entries(this);

  connectedCallback() {
    this.#closeDrawer = makeDrawer(this);
    for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (
      document.querySelectorAll(".new, .new-conversation")
    ))
      link.addEventListener("keydown", pressAsButton);
    // In the capture phase, before the menu opens.
    this.addEventListener("click", ({ target }) => this.#attachMenu(target), { capture: true });
    this.#menu.addEventListener("choose", (event) => this.#chosen(/** @type {CustomEvent} */ (event).detail));
    // In the capture phase, because scrolling doesn't bubble.
    this.addEventListener("scroll", () => this.#menu.hidePopover(), { capture: true, passive: true });
    this.#begin();
    this.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    this.#offerUndo();
  }

  #begin() {
    this.#entries.begin();
    loadOlderOnScroll(this, (conversations) => this.#entries.append(conversations));
  }

  /**
   * Mark the conversation that the page shows now.
   *
   * @param {string | null} id null for a new one
   */
  open(id) {
    this.dataset.shown = id ?? "";
    this.#entries.mark();
    this.#closeDrawer();
    this.#offerUndo();
  }

  /**
   * Show what another page's list shows, if that is the archive and this isn't, or the other way round.
   *
   * @param {HTMLElement} other
   */
  switchTo(other) {
    if (other.hasAttribute("data-archived") === this.#isArchive) return;
    this.toggleAttribute("data-archived", !this.#isArchive);
    for (const part of [".listed", ".foot"])
      find(this, part, HTMLElement).replaceWith(document.importNode(find(other, part, HTMLElement), true));
    this.#begin();
  }

  /**
   * Move the conversation to which a message was just sent to its new place, and mark it as the one that is shown.
   *
   * @param {{id: string, title?: string}} conversation
   */
  raise({ id, title = "" }) {
    const entry = this.#entries.byId(id);
    const known = entry ? conversationOf(entry) : { pinned: false, unseen: false, waiting: false, deleted: false };
    const archived = this.#isArchive;
    this.dataset.shown = id;
    this.#entries.mark();
    this.apply({ ...known, id, title, archived, running: true, updated_at: new Date().toISOString() });
  }

  /**
   * Update, move, add or remove the entry of a conversation that has changed.
   *
   * @param {Conversation} conversation
   */
  apply(conversation) {
    this.#entries.place(conversation, !conversation.deleted && conversation.archived === this.#isArchive);
  }

  /** Reload the entries that the list shows, for changes that were missed while the socket was closed. */
  async refresh() {
    const isArchive = this.#isArchive;
    const wanted = new URLSearchParams(isArchive ? { archived: "1" } : undefined);
    /** @type {Conversation[]} */
    const listed = [];
    let page;
    do {
      page = await fetchPage(wanted).catch(() => null);
      // What the server has just rendered took its place.
      if (!page || isArchive !== this.#isArchive) return;
      listed.push(...page.conversations);
      wanted.set("before", page.before ?? "");
    } while (page.before && listed.length < Math.min(this.#entries.count, MAX_REFRESHED));
    this.#entries.showOnly(listed);
    updateOlderLink(this, page.before);
    const shown = listed.find(({ id }) => id === this.dataset.shown);
    if (shown) this.#tell(shown);
  }

  /** @param {EventTarget | null} target */
  #attachMenu(target) {
    const entry = target instanceof Element && target.closest(".options")?.closest("li");
    if (entry) this.#menu.attachTo(entry);
  }

  /** @param {{choice: string, conversation: Conversation, entry: HTMLElement}} detail */
  async #chosen({ choice, conversation, entry }) {
    if (choice === "rename") await this.#rename(conversation, entry);
    else if (choice === "delete") await this.#delete(conversation);
    else if (choice in CHANGES && (await this.#change(conversation, CHANGES[choice]))) {
      if (choice === "archive" || choice === "unarchive")
        offerUndo(choice, conversation, (restored) => this.#show(restored));
    }
  }

  /**
   * @param {Conversation} conversation
   * @param {HTMLElement} entry where its title is edited
   */
  async #rename(conversation, entry) {
    const title = await editTitle(entry);
    if (!title) return;
    setEntryTitle(entry, title);
    if (!(await this.#change(conversation, { title }))) setEntryTitle(entry, conversation.title);
  }

  /** @param {Conversation} conversation */
  async #delete(conversation) {
    const isShown = conversation.id === this.dataset.shown;
    if (!(await deleteConversation(conversation, isShown))) return;
    this.#show({ ...conversation, deleted: true });
    if (!isShown) offerUndo("delete", conversation, (restored) => this.#show(restored));
  }

  /** Offer to undo the deletion of a conversation that the page showed. Undoing it opens the conversation again. */
  #offerUndo() {
    offerUndoAfterLeaving(({ id }) => this.dispatchEvent(new CustomEvent("open", { detail: conversationUrl(id) })));
  }

  /** @param {Conversation} changed */
  #show(changed) {
    this.apply(changed);
    this.#tell(changed);
  }

  /** @param {Conversation} changed */
  #tell(changed) {
    this.dispatchEvent(new CustomEvent("changed", { detail: changed }));
  }

  /**
   * @param {Conversation} conversation
   * @param {Partial<Conversation>} changes
   */
  async #change({ id }, changes) {
    const changed = await updateConversation(id, changes);
    if (changed) this.#show(changed);
    return Boolean(changed);
  }

  get #menu() {
    return find(document, "entry-menu", EntryMenu);
  }

  get #isArchive() {
    return this.hasAttribute("data-archived");
  }
}

/**
 * Press a link with the space bar, as a button, because these have the role of a button.
 *
 * @param {KeyboardEvent} event
 */
function pressAsButton(event) {
  if (event.key !== " ") return;
  event.preventDefault();
  if (event.target instanceof HTMLElement) event.target.click();
}

customElements.define("conversation-list", ConversationList);
