import { find } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { connectPanel } from "chat/message/panel";

/**
 * @typedef {import("chat/message/choice").Choice} Choice
 * @typedef {import("chat/message/choice").Offer} Offer
 */

/** The button with the tools that the model may use for the next message, and the panel in which each is switched. */
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
   * @param {(names: string[]) => void} choose
   */
  constructor(button, panel, offer, choice, choose) {
    this.#button = button;
    this.#panel = panel;
    this.#offer = offer;
    this.#choice = choice;
    connectPanel(panel, () => this.#draw());
    panel.onchange = () => choose(this.#switches.filter(({ checked }) => checked).map(({ value }) => value));
  }

  /** Show how many tools are on; nothing if what answers takes none. */
  show() {
    const { target, compared, tools } = this.#choice;
    const count = tools.length;
    this.#button.hidden = compared.length > 0 || !(target.tools?.length || target.tools_refused?.length);
    const number = find(this.#button, ".count", HTMLElement);
    number.textContent = count.toLocaleString(document.documentElement.lang || undefined);
    number.hidden = count === 0;
    // What is seen is said: on phones, the word isn't seen.
    const name = find(this.#button, ".name", HTMLElement).textContent ?? "";
    this.#button.ariaLabel = count ? `${name} ${number.textContent}` : name;
    const on = count ? interpolate(ngettext("%(count)s tool on", "%(count)s tools on", count), { count }) : "";
    this.#button.title = on || gettext("No tool on");
  }

  #draw() {
    const { target, tools } = this.#choice;
    const labels = (target.tools ?? []).map((name) => this.#label(name, { checked: tools.includes(name) }));
    const refused = (target.tools_refused ?? []).map((name) => this.#label(name, { disabled: true }));
    for (const label of refused) {
      const reason = document.createElement("small");
      reason.textContent = gettext("The provider refused it lately.");
      label.append(reason);
    }
    find(this.#panel, ".switches", HTMLElement).replaceChildren(...labels, ...refused);
  }

  /**
   * @param {string} name
   * @param {Partial<HTMLInputElement>} state
   */
  #label(name, state) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "checkbox", role: "switch", value: name }, state);
    label.append(input, this.#offer.tools[name] ?? name);
    return label;
  }

  get #switches() {
    return /** @type {HTMLInputElement[]} */ ([...this.#panel.querySelectorAll("input")]);
  }
}
