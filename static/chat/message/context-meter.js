import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { contextUse, inWords } from "chat/message/context-use";

/** @typedef {import("chat/message/context-use").Turn} Turn */

/**
 * A ring beside the message field that shows how much of the model's context window the conversation uses, and says it
 * in words when it is pressed.
 *
 * Events: `count`, when it is opened and shows an estimate; `compact`, when the person wishes that.
 */
export class ContextMeter extends HTMLElement {
  /** @type {readonly Turn[]} */ #turns = [];
  /** @type {number | null | undefined} */ #window = null;
  #isEstimate = false;

  connectedCallback() {
    const popover = find(this, "[popover]", HTMLElement);
    this.#button.popoverTargetElement = popover;
    popover.addEventListener("beforetoggle", (event) => {
      const isOpening = /** @type {ToggleEvent} */ (event).newState === "open";
      if (isOpening && this.#isEstimate) this.dispatchEvent(new Event("count"));
    });
    this.#compact.onclick = () => this.dispatchEvent(new Event("compact"));
  }

  /** Set what the provider counted for the turns. */
  set counted(/** @type {number} */ tokens) {
    this.turns = [{ tokens, characters: 0 }];
  }

  /** Whether there is something to compact, as far as the page knows. */
  set mayCompact(/** @type {boolean} */ mayCompact) {
    this.#compact.hidden = !mayCompact;
  }

  set isCompacting(/** @type {boolean} */ isCompacting) {
    this.#compact.disabled = isCompacting;
    this.#compact.textContent = isCompacting ? gettext("Summarizing the conversation…") : gettext("Summarize now");
  }

  /** The turns of the conversation that have ended, oldest first. */
  set turns(/** @type {readonly Turn[]} */ turns) {
    this.#turns = turns;
    this.#show();
  }

  /** The context window of what answers the next message, in tokens; null if it isn't known. */
  set window(/** @type {number | null | undefined} */ tokens) {
    this.#window = tokens;
    this.#show();
  }

  #show() {
    const use = contextUse(this.#turns, this.#window);
    this.hidden = !use;
    this.#isEstimate = Boolean(use?.isEstimate);
    if (!use) return;
    const words = inWords(use, document.documentElement.lang);
    const advice = use.isWarning ? gettext("Soon, earlier messages will be summarized for the model.") : "";
    this.toggleAttribute("data-warning", use.isWarning);
    this.#button.ariaLabel = [words, advice].filter(Boolean).join(" ");
    this.#button.title = this.#button.ariaLabel;
    find(this, ".used", SVGCircleElement).setAttribute("stroke-dasharray", `${use.share * 100} 100`);
    find(this, ".use", HTMLElement).textContent = words;
    find(this, ".advice", HTMLElement).textContent = advice;
  }

  get #button() {
    return find(this, "button", HTMLButtonElement);
  }

  get #compact() {
    return find(this, ".compact", HTMLButtonElement);
  }
}

customElements.define("context-meter", ContextMeter);
