import { conversationUrl } from "chat/address";
import { dayLabel } from "chat/days";
import { find, fromTemplate } from "chat/dom";

/** Where the list is a drawer; the same as in list.css. */
const NARROW = matchMedia("(width < 48rem)");

/** One's conversations beside the thread; on a narrow screen a drawer over it. */
export class ConversationList extends HTMLElement {
  connectedCallback() {
    this.#button.onclick = () => this.#toggle(!this.#isOpen);
    find(this, ".new", HTMLAnchorElement).addEventListener("keydown", pressAsButton);
    this.addEventListener("click", ({ target }) => target === this && this.#toggle(false));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && this.#isOpen && this.#toggle(false));
    NARROW.addEventListener("change", () => this.#isOpen && this.#toggle(false));
    this.#group();
    this.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  /**
   * Puts the conversation in which somebody just asked on top, and marks it as the one that is open.
   *
   * @param {{id: string, title?: string}} conversation
   */
  raise({ id, title }) {
    const path = conversationUrl(id);
    const entry =
      this.#entries.find(({ firstElementChild }) => firstElementChild?.getAttribute("href") === path) ??
      fromTemplate("#conversation-template", HTMLLIElement);
    const link = find(entry, "a", HTMLAnchorElement);
    link.setAttribute("href", path);
    link.ariaCurrent = "page";
    if (title) {
      link.textContent = title;
      link.title = title;
    }
    entry.dataset.updatedAt = new Date().toISOString();
    find(this, "ul", HTMLElement).prepend(entry);
    this.#group();
  }

  /** Puts a heading before the first entry of each day. */
  #group() {
    for (const heading of this.querySelectorAll("li.day")) heading.remove();
    const now = new Date();
    let label = "";
    for (const entry of this.#entries) {
      const next = dayLabel(new Date(entry.dataset.updatedAt ?? ""), now);
      if (next === label) continue;
      label = next;
      const heading = document.createElement("li");
      heading.className = "day";
      heading.textContent = label;
      entry.before(heading);
    }
  }

  /** @param {boolean} isOpen */
  #toggle(isOpen) {
    this.toggleAttribute("data-open", isOpen);
    this.#button.ariaExpanded = String(isOpen);
    this.#button.ariaLabel = isOpen ? "Hide conversations" : "Show conversations";
    find(document, "main", HTMLElement).inert = isOpen;
    if (isOpen) find(this, "a", HTMLAnchorElement).focus();
    else this.#button.focus();
  }

  get #isOpen() {
    return this.hasAttribute("data-open");
  }

  get #button() {
    return find(document, ".drawer-button", HTMLButtonElement);
  }

  get #entries() {
    return /** @type {HTMLLIElement[]} */ ([...this.querySelectorAll("li:not(.day)")]);
  }
}

/**
 * Buttons are pressed with the space bar, links are not; this one is both.
 *
 * @param {KeyboardEvent} event
 */
function pressAsButton(event) {
  if (event.key !== " ") return;
  event.preventDefault();
  if (event.target instanceof HTMLElement) event.target.click();
}

customElements.define("conversation-list", ConversationList);
