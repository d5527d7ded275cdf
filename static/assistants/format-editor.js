/** The schema of an assistant's answers: field by field, or as JSON, which is what is sent and kept. */

import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { gettext, interpolate } from "chat/lib/translations";
import { lineOf } from "./json-lines.js";
import { MAX_DEPTH, newField, toFields, toSchema } from "./schema-fields.js";

/**
 * @typedef {import("./schema-fields.js").Field} Field
 * @typedef {{code: string, path: string, line: number | null, message: string}} Problem
 */

/** How long nothing is typed before it is checked, in milliseconds. */
const CHECK_AFTER_MS = 400;

/** The text of the schema is the truth: the fields are made of it, and write it when they change. */
class FormatEditor extends HTMLElement {
  /** @type {Field[]} */
  #fields = [];
  #timer = 0;
  #checks = 0;

  connectedCallback() {
    find(this, ".views", HTMLElement).hidden = false;
    this.addEventListener("click", (event) => this.#press(event));
    this.addEventListener("input", (event) => this.#changed(event));
    // The form's own script brings back what was typed before.
    this.closest("form")?.addEventListener("filled", () => this.#begin());
    this.#begin();
  }

  #begin() {
    this.#show("fields");
    find(this, ".only-json", HTMLElement).hidden = true;
    this.#check();
  }

  get #schema() {
    return find(this, "[name=schema]", HTMLTextAreaElement);
  }

  /** Read the fields from the JSON. Return whether they can say all of it. */
  #read() {
    const text = this.#schema.value;
    if (!text.trim()) {
      this.#fields = [newField()];
      return true;
    }
    try {
      const fields = toFields(JSON.parse(text));
      this.#fields = fields ?? [];
      return fields !== undefined;
    } catch {
      return false;
    }
  }

  /** @param {string} view */
  #show(view) {
    const canShow = this.#read();
    const shown = view === "fields" && canShow ? "fields" : "json";
    for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (this.querySelectorAll("[data-view]"))) {
      button.ariaPressed = String(button.dataset.view === shown);
    }
    find(this, ".fields", HTMLElement).hidden = shown !== "fields";
    find(this, ".json", HTMLElement).hidden = shown === "fields";
    find(this, ".only-json", HTMLElement).hidden = view !== "fields" || canShow;
    if (shown === "fields") drawFields(find(this, ".fields > ol", HTMLOListElement), this.#fields, 0);
  }

  /** @param {Event} event */
  #press({ target }) {
    const button = target instanceof Element ? target.closest("button") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    if (button.dataset.view) this.#show(button.dataset.view);
    else if (button.dataset.line) {
      this.#show("json");
      select(this.#schema, Number(button.dataset.line));
    } else this.#edit(button);
  }

  /** Add, move or remove a field, and keep the focus near it. @param {HTMLButtonElement} button */
  #edit(button) {
    const list = listOf(button);
    const fields = list && this.#fieldsOf(list);
    if (!list || !fields) return;
    const at = [...list.children].findIndex((entry) => entry.contains(button));
    let next = at;
    if (button.matches(".add")) next = fields.push(newField()) - 1;
    else if (button.matches(".remove")) {
      fields.splice(at, 1);
      next = Math.min(at, fields.length - 1);
    } else {
      next = Math.max(0, Math.min(fields.length - 1, at + (button.matches(".up") ? -1 : 1)));
      fields.splice(next, 0, ...fields.splice(at, 1));
    }
    drawFields(list, fields, depthOf(list));
    this.#write();
    const name = button.matches(".up") ? ".up" : button.matches(".down") ? ".down" : ".field-name";
    const focused = list.children[next]?.querySelector(name) ?? list.parentElement?.querySelector(":scope > .add");
    if (focused instanceof HTMLElement) focused.focus();
  }

  /** @param {Event} event */
  #changed({ target }) {
    const entry = target instanceof Element ? target.closest("li.schema-field") : null;
    if (entry instanceof HTMLLIElement && entry.parentElement) {
      const field = this.#fieldsOf(entry.parentElement)?.[[...entry.parentElement.children].indexOf(entry)];
      if (!field) return;
      readField(entry, field);
      showKind(entry, field, depthOf(entry.parentElement));
      this.#write();
    } else this.#check();
  }

  /**
   * Return the fields that a list shows.
   *
   * @param {Element} list
   * @returns {Field[] | undefined}
   */
  #fieldsOf(list) {
    const entry = list.parentElement?.closest("li.schema-field");
    if (!entry?.parentElement) return this.#fields;
    return this.#fieldsOf(entry.parentElement)?.[[...entry.parentElement.children].indexOf(entry)]?.fields;
  }

  /** Write what the fields say into the JSON, as if it had been typed. */
  #write() {
    this.#schema.value = JSON.stringify(toSchema(this.#fields), null, 2);
    this.#schema.dispatchEvent(new Event("input", { bubbles: true }));
  }

  #check() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), CHECK_AFTER_MS);
  }

  async #ask() {
    const check = ++this.#checks;
    const schema = this.#schema.value;
    if (!schema.trim()) {
      this.#say([]);
      return;
    }
    const name = find(this, "[name=format_name]", HTMLInputElement).value || "answer";
    const { checked: strict } = find(this, "[name=strict]", HTMLInputElement);
    try {
      const response = await request("POST", this.dataset.url ?? "", { name, schema, strict });
      const { problems } = await response.json();
      if (check === this.#checks) this.#say(problems);
    } catch {
      // It is checked again when the form is sent.
    }
  }

  /** @param {Problem[]} problems */
  #say(problems) {
    const text = this.#schema.value;
    const entries = problems.map(({ code, path, line, message }) => {
      const entry = document.createElement("li");
      if (code !== "invalid_name") {
        const place = document.createElement("button");
        const at = line ?? lineOf(text, path);
        place.type = "button";
        place.className = "link-button";
        place.dataset.line = String(at);
        place.textContent = interpolate(gettext("Line %(line)s"), { line: at });
        entry.append(place, " ");
      }
      entry.append(message);
      return entry;
    });
    find(this, ".problems", HTMLElement).replaceChildren(...entries);
  }
}

/**
 * @param {HTMLOListElement} list
 * @param {Field[]} fields
 * @param {number} depth
 */
function drawFields(list, fields, depth) {
  list.replaceChildren(
    ...fields.map((field, at) => {
      const entry = fromTemplate("#schema-field-template", HTMLLIElement);
      find(entry, "legend", HTMLElement).textContent = interpolate(gettext("Field %(number)s"), { number: at + 1 });
      find(entry, ".field-name", HTMLInputElement).value = field.name;
      find(entry, ".field-kind", HTMLSelectElement).value = field.kind;
      find(entry, ".field-description", HTMLInputElement).value = field.description;
      find(entry, ".field-choices", HTMLTextAreaElement).value = field.choices.join("\n");
      find(entry, ".field-list", HTMLInputElement).checked = field.isList;
      find(entry, ".field-optional", HTMLInputElement).checked = field.isOptional;
      showKind(entry, field, depth);
      return entry;
    }),
  );
}

/**
 * @param {HTMLLIElement} entry
 * @param {Field} field
 */
function readField(entry, field) {
  field.name = find(entry, ".field-name", HTMLInputElement).value;
  field.kind = /** @type {Field["kind"]} */ (find(entry, ".field-kind", HTMLSelectElement).value);
  field.description = find(entry, ".field-description", HTMLInputElement).value;
  field.isList = find(entry, ".field-list", HTMLInputElement).checked;
  field.isOptional = find(entry, ".field-optional", HTMLInputElement).checked;
  const lines = find(entry, ".field-choices", HTMLTextAreaElement).value.split("\n");
  field.choices = field.kind === "choice" ? lines.filter((line) => line.trim()) : [];
  if (field.kind !== "object") field.fields = [];
  else if (!field.fields.length) field.fields = [newField()];
}

/**
 * Show what a kind of field needs. At the deepest level, no group can be chosen.
 *
 * @param {HTMLLIElement} entry
 * @param {Field} field
 * @param {number} depth
 */
function showKind(entry, field, depth) {
  find(entry, ".choices", HTMLElement).hidden = field.kind !== "choice";
  find(entry, "option[value=object]", HTMLOptionElement).disabled = depth >= MAX_DEPTH;
  const inner = find(entry, ".inner", HTMLElement);
  inner.hidden = field.kind !== "object";
  const list = find(inner, "ol", HTMLOListElement);
  if (field.kind !== "object") list.replaceChildren();
  else if (list.childElementCount !== field.fields.length) drawFields(list, field.fields, depth + 1);
}

/** Return the list that a button is about. @param {HTMLButtonElement} button */
function listOf(button) {
  const list = button.matches(".add") ? button.parentElement?.querySelector(":scope > ol") : button.closest("ol");
  return list instanceof HTMLOListElement ? list : undefined;
}

/** @param {Element} list */
function depthOf(list) {
  let depth = 0;
  for (let above = list.parentElement?.closest("ol"); above; above = above.parentElement?.closest("ol")) depth += 1;
  return depth;
}

/**
 * Select a line.
 *
 * @param {HTMLTextAreaElement} field
 * @param {number} line from 1
 */
function select(field, line) {
  const lines = field.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, each) => length + each.length + 1, 0);
  field.focus();
  field.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
}

customElements.define("format-editor", FormatEditor);
