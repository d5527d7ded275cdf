import { find } from "chat/lib/dom";

const MAX_CHARACTERS = 2000;

/**
 * The fields for what an assistant asks for before its first message in a conversation. They are shown as long as
 * something is missing there.
 */
export class AssistantVariables extends HTMLElement {
  /** What the conversation has already. @type {Record<string, string>} */ #known = {};
  /** @type {string[]} */ #names = [];

  connectedCallback() {
    const template = this.querySelector("template");
    if (template) this.#known = JSON.parse(template.content.textContent ?? "");
    this.addEventListener("keydown", (event) => {
      // It would send the message.
      if (event.key === "Enter" && event.target instanceof HTMLInputElement) {
        event.preventDefault();
        this.#next(event.target)?.focus();
      }
    });
  }

  /** Show the fields of an assistant. @param {string[]} names */
  ask(names) {
    this.#names = names;
    const missing = names.filter((name) => !this.#known[name]);
    this.hidden = !missing.length;
    const values = this.#written;
    const labels = missing.map((name) => {
      const label = document.createElement("label");
      const input = document.createElement("input");
      Object.assign(input, { name: `variable-${name}`, value: values[name] ?? "", maxLength: MAX_CHARACTERS });
      input.autocomplete = "off";
      input.dataset.variable = name;
      label.append(name.replaceAll("_", " "), input);
      return label;
    });
    find(this, ".fields", HTMLElement).replaceChildren(...labels);
  }

  /** Keep what was sent: the conversation has it now. */
  settle() {
    this.#known = { ...this.#known, ...this.values };
    this.ask(this.#names);
  }

  /** The values to send. @returns {Record<string, string>} */
  get values() {
    return Object.fromEntries(Object.entries(this.#written).filter(([, value]) => value.trim()));
  }

  /** What a message says of them. @returns {import("chat/message/choice").Wish} */
  get wish() {
    const { values } = this;
    return Object.keys(values).length ? { variables: values } : {};
  }

  /** The names of what is still missing. */
  get missing() {
    const { values } = this;
    return this.#names.filter((name) => !this.#known[name] && !values[name]);
  }

  /** Move to the first field that is empty. */
  focusMissing() {
    this.#inputs.find(({ value }) => !value.trim())?.focus();
  }

  /** @param {HTMLInputElement} input */
  #next(input) {
    const inputs = this.#inputs;
    return inputs[inputs.indexOf(input) + 1] ?? /** @type {HTMLElement | null} */ (document.querySelector("#message"));
  }

  get #written() {
    return Object.fromEntries(this.#inputs.map(({ dataset, value }) => [dataset.variable ?? "", value.toWellFormed()]));
  }

  get #inputs() {
    return [...this.querySelectorAll("input")];
  }
}

customElements.define("assistant-variables", AssistantVariables);
