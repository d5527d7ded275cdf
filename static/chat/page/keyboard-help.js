import { find, fromTemplate } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { read, write } from "chat/lib/storage";
import { isSingle, keyNames, matches, shortcuts } from "chat/page/shortcuts";
import { ChatThread } from "chat/thread/thread";

/** @typedef {import("chat/page/shortcuts").Shortcut} Shortcut */

const IS_MAC = /Mac|iPhone|iPad/.test(navigator.platform);

/** The storage key under which a browser remembers whether single-key shortcuts are off (WCAG 2.1.4). */
const SINGLE_KEYS_KEY = "single-keys";

/** The handler of the page's keyboard shortcuts, with a dialog that lists them. */
class KeyboardHelp extends HTMLElement {
  /** @type {Shortcut[]} */ #shortcuts = [];

  connectedCallback() {
    this.#shortcuts = shortcuts(this.dataset.enterSends === "true");
    const list = find(this, "dl", HTMLElement);
    list.append(...this.#shortcuts.map((shortcut) => row(shortcut, list)));
    this.#dialog.addEventListener("click", ({ target }) => target === this.#dialog && this.#dialog.close());
    this.#singleKeys.checked = read(SINGLE_KEYS_KEY, "localStorage") ?? true;
    this.#singleKeys.onchange = () => write(SINGLE_KEYS_KEY, this.#singleKeys.checked, "localStorage");
    document.addEventListener("keydown", (event) => this.#onKey(event));
    find(document, ".show-shortcuts", HTMLButtonElement).onclick = () => {
      // Close the menu first, so that the focus returns to its button when the dialog closes.
      find(document, "#account-menu", HTMLElement).hidePopover();
      this.#actions.help();
    };
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || isOfInputMethod(event) || document.querySelector("dialog[open]")) return;
    const isPressed = (/** @type {string} */ keys) =>
      matches(event, keys, IS_MAC) && !(isSingle(keys) && (isWriting(event) || !this.#singleKeys.checked));
    const name = this.#shortcuts.find(({ keys, name }) => name && keys.some(isPressed))?.name;
    // A shortcut that does nothing here is left to the browser.
    if (name && this.#actions[name](event)) event.preventDefault();
  }

  /** @type {Record<string, (event?: KeyboardEvent) => boolean>} each returns whether it did something */
  #actions = {
    help: () => {
      this.#dialog.showModal();
      return true;
    },
    stop: (event) => !isElsewhere(event) && press(document.querySelector("chat-composer .stop")),
    write: () => focus(document.querySelector("#message")),
    previous: (event) => !hasWords(event) && goToTurn(-1),
    next: (event) => !hasWords(event) && goToTurn(1),
    copy: () => press([...document.querySelectorAll("answer-tools .copy-answer")].findLast(isVisible)),
    print: () => {
      const thread = document.querySelector("chat-thread");
      if (thread instanceof ChatThread) thread.print();
      return thread !== null;
    },
    begin: () => press([...document.querySelectorAll(".new, .new-conversation")].find(isVisible)),
    undo: (event) => !isWriting(event) && press(document.querySelector("page-toast .act")),
    search: () => {
      const field = document.querySelector("[data-shortcut=search]");
      // On a narrow screen, the field is in the drawer.
      if (field && !isVisible(field)) press(document.querySelector(".drawer-button"));
      return focus(field);
    },
  };

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }

  get #singleKeys() {
    return find(this, "input", HTMLInputElement);
  }
}

/**
 * @param {Shortcut} shortcut
 * @param {HTMLElement} list
 */
function row({ keys, label }, list) {
  const shown = fromTemplate("template", HTMLElement, list);
  find(shown, "dt", HTMLElement).textContent = label;
  const either = keys.map((one) =>
    keyNames(one, IS_MAC).map((name) => Object.assign(document.createElement("kbd"), { textContent: name })),
  );
  find(shown, "dd", HTMLElement).append(...either.flatMap((names, index) => (index ? [" · ", ...names] : names)));
  return shown;
}

/** @param {Element} element */
const isVisible = (element) => element.checkVisibility({ visibilityProperty: true });

/**
 * Click a button if it is visible, and return whether it is.
 *
 * @param {Element | null | undefined} button
 */
function press(button) {
  if (!(button instanceof HTMLElement) || !isVisible(button)) return false;
  button.click();
  return true;
}

/**
 * Focus an element, and return whether it has the focus.
 *
 * @param {Element | null} element
 */
function focus(element) {
  if (!(element instanceof HTMLElement)) return false;
  element.focus();
  return document.activeElement === element;
}

/** @param {KeyboardEvent} [event] */
const isWriting = (event) => event?.target instanceof Element && event.target.matches("input, textarea, select");

/** @param {KeyboardEvent} [event] */
const hasWords = (event) => /** @type {Partial<HTMLTextAreaElement>} */ (event?.target)?.value;

/**
 * Return whether Escape has another meaning: it closes an open menu or drawer, or belongs to another field.
 *
 * @param {KeyboardEvent} [event]
 */
function isElsewhere(event) {
  if (document.querySelector(":popover-open, conversation-list[data-open]")) return true;
  return isWriting(event) && !(event?.target instanceof Element && event.target.matches("#message"));
}

/**
 * Focus the next or the previous message of the thread, starting from the focused one or else from the end.
 *
 * @param {1 | -1} step
 */
function goToTurn(step) {
  const messages = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("chat-thread .message")]);
  const current = /** @type {HTMLElement | null | undefined} */ (
    document.activeElement?.closest("chat-response")?.querySelector(".message")
  );
  const at = current ? messages.indexOf(current) : messages.length;
  const message = messages[at + step];
  if (!message) return false;
  message.tabIndex = -1;
  // A click doesn't focus it.
  message.addEventListener("pointerdown", () => message.removeAttribute("tabindex"), { once: true });
  message.focus({ preventScroll: true });
  message.scrollIntoView({ block: "start" });
  return true;
}

customElements.define("keyboard-help", KeyboardHelp);
