import { readable } from "chat/items/blocks";
import { fill } from "chat/items/fill";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { visible } from "chat/lib/visible";

/** @typedef {import("chat/live/protocol").ToolCall} ToolCall */

/** Decisions about a call, by the classes of their buttons. */
const DECISIONS = { once: "once", always: "conversation", deny: "no" };

/**
 * The question whether a tool may run: what it would do, and the ways to answer.
 *
 * Event: `decide`, whose detail has the id of the call, the decision and the note to the model. It bubbles.
 */
export class ToolApproval extends HTMLElement {
  /** Ask about a call. @param {ToolCall} call */
  ask({ id, title, tool, arguments: written }) {
    const name = visible(title || tool);
    if (!this.firstElementChild) {
      const region = fromTemplate("#approval-template", HTMLElement);
      region.ariaLabel = unusedName(region.ariaLabel ?? "", name);
      this.append(region);
    }
    find(this, ".question", HTMLElement).textContent = interpolate(gettext("Allow “%(title)s”?"), { title: name });
    const block = readable("arguments", written);
    const shown = fromTemplate(`#item-${block.format}-template`, HTMLElement);
    fill(shown, block);
    find(this, ".arguments", HTMLElement).replaceChildren(...(block.content ? [shown] : []));
    for (const [name, decision] of Object.entries(DECISIONS)) {
      find(this, `.${name}`, HTMLButtonElement).onclick = () => this.#decide(id, decision);
    }
    this.#isDecided = false;
  }

  /** Ask again, because the decision didn't get through. @param {string} problem why, in a sentence */
  askAgain(problem) {
    this.#isDecided = false;
    find(this, ".problem", HTMLElement).textContent = problem;
  }

  /**
   * @param {string} call
   * @param {string} decision
   */
  #decide(call, decision) {
    find(this, ".problem", HTMLElement).textContent = "";
    this.#isDecided = true;
    const note = find(this, "input", HTMLInputElement).value.trim();
    this.dispatchEvent(new CustomEvent("decide", { detail: { call, decision, note }, bubbles: true }));
  }

  set #isDecided(/** @type {boolean} */ isDecided) {
    for (const button of this.querySelectorAll("button")) button.disabled = isDecided;
  }
}

/**
 * Return a name for a region: several of one name couldn't be told apart.
 *
 * @param {string} name
 * @param {string} title of the tool
 */
function unusedName(name, title) {
  const used = [...document.querySelectorAll("tool-approval > section")].map(({ ariaLabel }) => ariaLabel);
  let found = used.includes(name) ? `${name}: ${title}` : name;
  for (let number = 2; used.includes(found); number++) found = `${name}: ${title} (${number})`;
  return found;
}

customElements.define("tool-approval", ToolApproval);
