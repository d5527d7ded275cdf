import { announce } from "chat/lib/announcer";
import { find, fromTemplate } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { request } from "chat/lib/http";
import { interpolate, ngettext } from "chat/lib/translations";
import { matching, queryAt } from "chat/message/prompt-query";
import { PromptVariables } from "chat/message/prompt-variables";

/** @typedef {import("chat/message/prompt-query").Prompt} Prompt */

/** How old the list of prompts may be when it is shown again, in milliseconds. */
const FRESH_MS = 10_000;

/**
 * The list of prompts that opens when "/" is typed in the message field beside it, and inserts one.
 *
 * Event: `problem`, whose detail is a sentence, when a prompt can't be inserted.
 */
export class PromptPicker extends HTMLElement {
  /** @type {Prompt[]} */ #prompts = [];
  #fetchedAt = -Infinity;
  /** @type {Promise<void> | null} */ #fetching = null;
  /** @type {Prompt[]} those that are shown */ #shown = [];
  /** The index of the active one; -1 for none. */ #active = -1;
  /** Where the "/" is that the person has dismissed; -1 for none. */ #dismissed = -1;

  connectedCallback() {
    const { field } = this;
    field.ariaHasPopup = "listbox";
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", this.#list.id);
    field.addEventListener("input", () => this.#update());
    field.addEventListener("blur", () => this.#close());
    // Before the field's own keys: Enter inserts, and sends nothing.
    this.parentElement?.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
    // The field keeps the focus.
    this.#popup.addEventListener("pointerdown", (event) => event.preventDefault());
    this.#list.addEventListener("click", ({ target }) => {
      const option = target instanceof Element && target.closest("[role=option]");
      if (option) this.#choose([...this.#list.children].indexOf(option));
    });
    // A person may have started to write before the modules were loaded.
    this.#update();
  }

  get field() {
    return find(this.parentElement ?? document, "#message", HTMLTextAreaElement);
  }

  get #popup() {
    return find(this, ".popup", HTMLElement);
  }

  get #list() {
    return find(this, "[role=listbox]", HTMLElement);
  }

  /** Show the prompts that match what is written after the "/", if there is one. */
  async #update() {
    const before = this.#query;
    if (before?.start !== this.#dismissed) this.#dismissed = -1;
    if (!before || this.#dismissed === before.start) return this.#close();
    if (performance.now() - this.#fetchedAt >= FRESH_MS) {
      this.#fetching ??= this.#fetch();
      await this.#fetching;
    }
    // The person may have written on meanwhile.
    const query = this.#query;
    if (query && document.activeElement === this.field) this.#show(matching(this.#prompts, query.text));
    else this.#close();
  }

  get #query() {
    const { value, selectionStart, selectionEnd } = this.field;
    return selectionStart === selectionEnd ? queryAt(value, selectionStart) : null;
  }

  async #fetch() {
    try {
      this.#prompts = (await (await request("GET", "/prompts/choices/")).json()).prompts;
      this.#fetchedAt = performance.now();
    } catch {
      // What is typed stays a message.
    } finally {
      this.#fetching = null;
    }
  }

  /** @param {Prompt[]} prompts */
  #show(prompts) {
    const { length: count } = prompts;
    const list = this.#list;
    const isChanged = count !== this.#shown.length;
    this.#shown = prompts;
    list.replaceChildren(...prompts.map((prompt, index) => drawOption(prompt, `${list.id}-${index}`)));
    list.hidden = !count;
    // Without any prompts, it says so, until something else than "/" is typed.
    const isEmpty = !this.#prompts.length && this.#query?.text === "";
    find(this, ".none", HTMLElement).hidden = !isEmpty;
    this.#popup.hidden = !(count || isEmpty);
    this.#activate(count ? 0 : -1);
    if (isChanged && count) announce(interpolate(ngettext("%(count)s prompt", "%(count)s prompts", count), { count }));
  }

  #close() {
    if (this.#popup.hidden) return;
    this.#shown = [];
    this.#popup.hidden = true;
    this.#activate(-1);
  }

  /** @param {number} index */
  #activate(index) {
    this.#active = index;
    const options = [...this.#list.children];
    for (const option of options) option.ariaSelected = String(option === options[index]);
    options[index]?.scrollIntoView({ block: "nearest" });
    if (options[index]) this.field.setAttribute("aria-activedescendant", options[index].id);
    else this.field.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { key, target, shiftKey, ctrlKey, altKey, metaKey } = event;
    if (target !== this.field || this.#popup.hidden || isOfInputMethod(event)) return;
    if (shiftKey || ctrlKey || altKey || metaKey) return;
    const count = this.#shown.length;
    if (!count && key !== "Escape") return;
    if (key === "ArrowDown") this.#activate((this.#active + 1) % count);
    else if (key === "ArrowUp") this.#activate((this.#active + count - 1) % count);
    else if (key === "Enter") this.#choose(this.#active);
    else if (key === "Escape") {
      this.#dismissed = this.#query?.start ?? -1;
      this.#close();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} index */
  async #choose(index) {
    const prompt = this.#shown[index];
    this.#close();
    const query = this.#query;
    if (!prompt || !query) return;
    const range = { start: query.start, end: this.field.selectionStart };
    try {
      const { pieces } = await (await request("GET", `/prompts/${prompt.id}/text/`)).json();
      const text = await find(document, "prompt-variables", PromptVariables).fill(prompt.name, pieces);
      this.#insert(text, range);
    } catch (error) {
      this.dispatchEvent(new CustomEvent("problem", { detail: /** @type {Error} */ (error).message }));
    }
  }

  /**
   * Put a text in the place of the "/" and what follows it.
   *
   * @param {string | null} text null to leave all as it is
   * @param {{start: number, end: number}} range
   */
  #insert(text, { start, end }) {
    const { field } = this;
    field.focus();
    if (text === null) return;
    field.setSelectionRange(start, end);
    // Unlike `setRangeText`, this can be undone with Ctrl+Z.
    if (document.execCommand("insertText", false, text)) return;
    field.setRangeText(text, start, end, "end");
    field.dispatchEvent(new InputEvent("input"));
  }
}

/**
 * @param {Prompt} prompt
 * @param {string} id
 */
function drawOption({ name, preview }, id) {
  const option = fromTemplate("#prompt-option-template", HTMLElement);
  option.id = id;
  find(option, ".name", HTMLElement).textContent = name;
  find(option, ".preview", HTMLElement).textContent = preview;
  return option;
}

customElements.define("prompt-picker", PromptPicker);
