import { find } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { connectPanel } from "chat/message/panel";

/**
 * @typedef {import("chat/message/choice").Choice} Choice
 * @typedef {import("chat/message/choice").Offer} Offer
 * @typedef {{tools: string[], collections: string[]}} On
 */

/** Collections that one answer can search: the server refuses more. */
const MAX_COLLECTIONS = 20;

/**
 * The button with the tools that the model may use for the next message, and the panel in which each is switched. The
 * collections of files that it may search are in the same panel.
 */
export class ToolSwitches {
  #button;
  #panel;
  #offer;
  #choice;

  /**
   * @param {HTMLButtonElement} button
   * @param {HTMLElement} panel
   * @param {Offer} offer
   * @param {Choice} choice what is chosen so far
   * @param {(on: On) => void} choose
   */
  constructor(button, panel, offer, choice, choose) {
    this.#button = button;
    this.#panel = panel;
    this.#offer = offer;
    this.#choice = choice;
    connectPanel(panel, () => this.#draw());
    panel.onchange = () => {
      choose({ tools: checked(this.#tools), collections: checked(this.#collections) });
      this.#limit();
    };
  }

  /** Show how much is on; nothing if what answers takes none. */
  show() {
    const { target, compared, tools, collections, offered } = this.#choice;
    const count = tools.length + collections.length;
    const isEmpty = !(target.tools?.length || target.tools_refused?.length || offered.length);
    this.#button.hidden = compared.length > 0 || isEmpty;
    const number = find(this.#button, ".count", HTMLElement);
    number.textContent = count.toLocaleString(document.documentElement.lang || undefined);
    number.hidden = count === 0;
    // What is seen is said: on phones, the word isn't seen.
    const name = find(this.#button, ".name", HTMLElement).textContent ?? "";
    this.#button.ariaLabel = count ? `${name} ${number.textContent}` : name;
    const on = [
      counted(ngettext("%(count)s tool on", "%(count)s tools on", tools.length), tools.length),
      counted(
        ngettext("%(count)s collection of files", "%(count)s collections of files", collections.length),
        collections.length,
      ),
    ].flat();
    this.#button.title = on.join(", ") || gettext("No tool on");
  }

  #draw() {
    const { target, tools, collections, offered } = this.#choice;
    const titles = this.#offer.tools;
    const labels = (target.tools ?? []).map((name) => label(name, titles[name], { checked: tools.includes(name) }));
    const refused = (target.tools_refused ?? []).map((name) => label(name, titles[name], { disabled: true }));
    for (const each of refused) {
      const reason = document.createElement("small");
      reason.textContent = gettext("The provider refused it lately.");
      each.append(reason);
    }
    this.#tools.replaceChildren(...labels, ...refused);
    const names = this.#offer.collections;
    this.#collections.replaceChildren(
      ...offered.map((id) => label(id, names[id], { checked: collections.includes(id) })),
    );
    find(this.#panel, ".knowledge", HTMLElement).hidden = offered.length === 0;
    this.#limit();
  }

  /** Let no more collections be switched on than an answer can search. */
  #limit() {
    const isFull = checked(this.#collections).length >= MAX_COLLECTIONS;
    for (const input of this.#collections.querySelectorAll("input")) input.disabled = isFull && !input.checked;
  }

  get #tools() {
    return find(this.#panel, ".switches", HTMLElement);
  }

  get #collections() {
    return find(this.#panel, ".collections", HTMLElement);
  }
}

/**
 * @param {string} value
 * @param {string | undefined} name what people read
 * @param {Partial<HTMLInputElement>} state
 */
function label(value, name, state) {
  const made = document.createElement("label");
  const input = document.createElement("input");
  Object.assign(input, { type: "checkbox", role: "switch", value }, state);
  const words = document.createElement("bdi");
  words.textContent = name ?? value;
  made.append(input, words);
  return made;
}

/** @param {HTMLElement} element */
function checked(element) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...element.querySelectorAll("input")]);
  return inputs.filter((input) => input.checked).map(({ value }) => value);
}

/**
 * @param {string} words
 * @param {number} count
 */
const counted = (words, count) => (count ? [interpolate(words, { count })] : []);
