import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { contextUse, inWords } from "chat/message/context-use";

/** @typedef {import("chat/message/context-use").Turn} Turn */

/**
 * A ring beside the message field that shows how much of the model's context window the conversation uses, and says it
 * in words when it is pressed.
 */
export class ContextMeter extends HTMLElement {
  /** @type {readonly Turn[]} */ #turns = [];
  /** @type {number | null | undefined} */ #window = null;

  connectedCallback() {
    this.#button.popoverTargetElement = find(this, "[popover]", HTMLElement);
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
    if (!use) return;
    const words = inWords(use, document.documentElement.lang);
    const advice = use.isWarning
      ? gettext("Start a new conversation soon, or choose a model with a larger window.")
      : "";
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
}

customElements.define("context-meter", ContextMeter);
