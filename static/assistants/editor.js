/** The form of an assistant: shows what the chosen model takes, and keeps what is typed until it is saved. */

import { find } from "chat/lib/dom";
import { read, write } from "chat/lib/storage";
import "./format-editor.js";
import "./searched-choices.js";
import { TryAssistant } from "./try.js";
import { named, sentence } from "./variables.js";

/** @typedef {{efforts: string[], taken: string[], taken_with: Record<string, string[]>, tools: string[]}} Model */
/** @typedef {[string, string][]} Entries what a form would send, without what belongs to the page */

/** How long nothing is typed before it is kept, in milliseconds. */
const KEEP_AFTER_MS = 300;
/** What a form sends that isn't typed. */
const OF_PAGE = ["csrfmiddlewaretoken", "base"];

class AssistantEditor extends HTMLElement {
  /** What the server rendered. */ #rendered = "";
  #renderedBase = "";
  #isSent = false;
  #timer = 0;

  connectedCallback() {
    const { dataset } = this;
    if (dataset.saved !== undefined) for (const key of ["new", dataset.key ?? ""]) write(this.#storageKey(key), null);
    this.#rendered = JSON.stringify(this.#entries());
    this.#renderedBase = this.#base.value;
    if (dataset.sent === undefined) this.#restore();
    this.#form.addEventListener("input", () => this.#changed());
    this.#form.addEventListener("submit", () => {
      this.#keep();
      this.#isSent = true;
    });
    const trial = find(this, "try-assistant", TryAssistant);
    find(this, "button.try", HTMLButtonElement).onclick = () => trial.begin(new FormData(this.#form));
    find(this, ".discard", HTMLButtonElement).onclick = () => this.#discard();
    addEventListener("beforeunload", (event) => {
      this.#keep();
      if (this.#isDirty && !this.#isSent) event.preventDefault();
    });
    // The browser's history may lead back to the page as it was when it was sent.
    addEventListener("pageshow", () => {
      this.#isSent = false;
    });
    this.#update();
  }

  get #form() {
    return find(this, "form", HTMLFormElement);
  }

  get #key() {
    return this.#storageKey(this.dataset.key ?? "");
  }

  /** @param {string} key */
  #storageKey(key) {
    return `assistant/${this.dataset.user}/${key}`;
  }

  /** Whether the form has something that isn't saved. What was sent and refused isn't either. */
  get #isDirty() {
    return this.dataset.sent !== undefined || JSON.stringify(this.#entries()) !== this.#rendered;
  }

  /** @returns {Entries} */
  #entries() {
    const entries = /** @type {Entries} */ ([...new FormData(this.#form).entries()]);
    return entries.filter(([name]) => !OF_PAGE.includes(name));
  }

  #changed() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#keep(), KEEP_AFTER_MS);
    this.#update();
  }

  #keep() {
    write(this.#key, this.#isDirty ? { base: this.#base.value, entries: this.#entries() } : null);
  }

  /** The number of the version that was there when the person began to write. */
  get #base() {
    return find(this, "[name=base]", HTMLInputElement);
  }

  /** Bring back what was typed before the page was left. */
  #restore() {
    const { base, entries } = read(this.#key) ?? {};
    if (!Array.isArray(entries) || JSON.stringify(entries) === this.#rendered) return;
    this.#fill(entries);
    // If somebody else saved one meanwhile, the server says so.
    this.#base.value = base;
    find(this, ".restored", HTMLElement).hidden = false;
  }

  #discard() {
    this.#fill(JSON.parse(this.#rendered));
    this.#base.value = this.#renderedBase;
    this.#update();
    this.#keep();
    find(this, ".restored", HTMLElement).hidden = true;
    find(this, "[name=name]", HTMLInputElement).focus();
  }

  /** @param {Entries} entries */
  #fill(entries) {
    for (const field of this.#form.elements) {
      if (!isField(field) || OF_PAGE.includes(field.name)) continue;
      const values = entries.filter(([name]) => name === field.name).map(([, value]) => value);
      if (field instanceof HTMLInputElement && ["radio", "checkbox"].includes(field.type))
        field.checked = values.includes(field.value);
      else field.value = values[0] ?? "";
    }
    this.#form.dispatchEvent(new Event("filled"));
  }

  #update() {
    const known = JSON.parse(find(this, "#known-variables", HTMLScriptElement).textContent ?? "[]");
    const variables = find(this, ".variables", HTMLElement);
    const words = sentence(named(find(this, "[name=instructions]", HTMLTextAreaElement).value), known);
    if (variables.textContent !== words) variables.textContent = words;
    variables.hidden = !words;
    this.#offer();
    find(this, ".format", HTMLElement).hidden = find(this, "[name=format]", HTMLSelectElement).value !== "json_schema";
  }

  /** Offer the settings that the chosen model takes, and of those its efforts. */
  #offer() {
    /** @type {Record<string, Model>} */
    const models = JSON.parse(find(this, "#models", HTMLScriptElement).textContent ?? "{}");
    const model = models[find(this, "[name=model]", HTMLSelectElement).value] ?? models[""];
    if (!model) return;
    const effort = find(this, "[name=effort]", HTMLSelectElement);
    for (const option of effort.options) {
      option.hidden = option.disabled = option.value !== "" && !model.efforts.includes(option.value);
    }
    if (effort.selectedOptions[0]?.disabled) effort.value = "";
    const taken = model.taken_with[effort.value] ?? model.taken;
    for (const setting of this.querySelectorAll("[data-setting]")) {
      if (setting instanceof HTMLElement) setting.hidden = !taken.includes(setting.dataset.setting ?? "");
    }
    this.#offerTools(model);
  }

  /** Offer the tools that the model takes, and the options of those that are on. @param {Model} model */
  #offerTools({ tools }) {
    const own = find(this, "[name=tools_of]", HTMLSelectElement).value !== "";
    find(this, ".tools", HTMLElement).hidden = !own;
    const on = new Set();
    for (const box of this.querySelectorAll("[name=tools]")) {
      if (!(box instanceof HTMLInputElement)) continue;
      const isOffered = tools.includes(box.value);
      const row = box.closest("label")?.parentElement;
      if (row) row.hidden = !isOffered && !box.checked;
      if (box.checked) on.add(box.value);
    }
    for (const options of this.querySelectorAll(".tool-options"))
      if (options instanceof HTMLElement) options.hidden = !on.has(options.dataset.tool);
  }
}

/**
 * @param {Element} element
 * @returns {element is HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement}
 */
const isField = (element) =>
  element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement;

customElements.define("assistant-editor", AssistantEditor);
