/** The values of an answer in the page: texts, lists, groups of fields and tables. Each grows with what it shows. */

import { isObject } from "chat/answer/structured/schema";
import { StructuredTable } from "chat/answer/structured/table";
import { inWords, listInWords } from "chat/answer/structured/words";
import { gettext, interpolate } from "chat/lib/translations";

/**
 * @typedef {import("chat/answer/structured/schema").Described} Described
 * @typedef {{element: HTMLElement, update: (value: any) => void}} Shown
 */

/** Of a list or a group. The JSON has all. */
const MAX_ENTRIES = 300;

/** @type {Record<string, (described: Described, label: string) => Shown>} */
const KINDS = { plain, words: wordList, list, group, table };

/**
 * Return what shows a value, and follows it while it grows.
 *
 * @param {Described} described
 * @param {string} label of the value
 * @returns {Shown}
 */
export function shown(described, label) {
  const element = document.createElement("div");
  element.className = "value";
  let kind = "";
  /** @type {Shown | undefined} */
  let inner;
  return {
    element,
    update(value) {
      const meant = described.of(value);
      const next = kindOf(value, meant);
      if (next !== kind || !inner) {
        kind = next;
        inner = KINDS[kind](meant, label);
        element.dataset.kind = kind;
        element.replaceChildren(inner.element);
      }
      inner.update(value);
    },
  };
}

/**
 * @param {unknown} value
 * @param {Described} described
 */
function kindOf(value, described) {
  if (isObject(value)) return "group";
  if (!Array.isArray(value)) return "plain";
  const items = described.items.of(value[0]);
  if (items.type === "object" || isObject(value[0])) return "table";
  return value.some((each) => typeof each === "object" && each !== null) ? "list" : "words";
}

/** @param {Described} described @returns {Shown} */
function plain(described) {
  const element = document.createElement("span");
  element.dir = "auto";
  return { element, update: (value) => writeWords(element, inWords(value, described)) };
}

/** @param {Described} described @returns {Shown} */
function wordList(described) {
  const element = document.createElement("ul");
  return {
    element,
    update(values) {
      const items = values.slice(0, MAX_ENTRIES);
      // The last one may have grown.
      element.lastElementChild?.remove();
      while (element.childElementCount > items.length) element.lastElementChild?.remove();
      for (const value of items.slice(element.childElementCount)) {
        const entry = document.createElement("li");
        entry.dir = "auto";
        writeWords(entry, inWords(value, described.items.of(value)));
        element.append(entry);
      }
      if (values.length > items.length) element.append(more(values.length - items.length, "li"));
    },
  };
}

/** @param {Described} described @param {string} label @returns {Shown} */
function list(described, label) {
  const element = document.createElement("ol");
  return growing(element, (at) => {
    const entry = document.createElement("li");
    const inner = shown(described.items, `${label} ${Number(at) + 1}`);
    entry.append(inner.element);
    return { ...inner, element: entry };
  });
}

/** @param {Described} described @returns {Shown} */
function group(described) {
  const element = document.createElement("dl");
  return growing(element, (name) => field(described.property(name), name));
}

/** @param {Described} described @param {string} name @returns {Shown} */
function field(described, name) {
  const element = document.createElement("div");
  const term = document.createElement("dt");
  const label = described.label(name);
  term.textContent = label;
  term.dir = "auto";
  const inner = shown(described, label);
  const detail = document.createElement("dd");
  detail.append(inner.element);
  element.append(term, detail);
  if (described.description) {
    const description = document.createElement("p");
    description.className = "description";
    description.dir = "auto";
    description.textContent = described.description;
    detail.prepend(description);
  }
  return { ...inner, element };
}

/** @param {Described} described @param {string} label @returns {Shown} */
function table(described, label) {
  const element = new StructuredTable(described.items, label, fillCell);
  return { element, update: (rows) => element.update(rows) };
}

/**
 * Fill a cell of a table. What is nested stands behind a summary, and is drawn when it opens.
 *
 * @param {HTMLElement} cell
 * @param {unknown} value
 * @param {Described} described
 * @param {string} label
 */
function fillCell(cell, value, described, label) {
  const meant = described.of(value);
  const isNested = isObject(value) || (Array.isArray(value) && kindOf(value, meant) !== "words");
  if (!isNested) {
    writeWords(cell, Array.isArray(value) ? listInWords(value, meant.items) : inWords(value, meant));
    return;
  }
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = Array.isArray(value) ? inWords(value, meant) : summaryOf(/** @type {any} */ (value), meant);
  details.append(summary);
  details.addEventListener("toggle", () => {
    if (details.childElementCount > 1) return;
    const inner = shown(meant, label);
    inner.update(value);
    details.append(inner.element);
  });
  cell.replaceChildren(details);
}

/**
 * Return the first words in an object, by which people know it.
 *
 * @param {Record<string, unknown>} value
 * @param {Described} described
 */
function summaryOf(value, described) {
  const [name, first] = Object.entries(value).find(([, each]) => each !== null && typeof each !== "object") ?? [];
  const said = name === undefined ? "" : inWords(first, described.property(name));
  return said || inWords(value, described);
}

/**
 * Return what shows each entry of an object or a list, in its order. While it arrives, only the last one changes.
 *
 * @param {HTMLElement} element
 * @param {(name: string) => Shown} make
 * @returns {Shown}
 */
function growing(element, make) {
  /** @type {Map<string, Shown>} */
  const entries = new Map();
  return {
    element,
    update(value) {
      const names = Object.keys(value);
      const from = Math.max(0, entries.size - 1);
      for (const name of names.slice(0, MAX_ENTRIES).slice(from)) {
        let entry = entries.get(name);
        if (!entry) {
          entry = make(name);
          entries.set(name, entry);
          element.append(entry.element);
        }
        entry.update(value[name]);
      }
      if (names.length <= MAX_ENTRIES) return;
      element.querySelector(":scope > .more")?.remove();
      element.append(more(names.length - MAX_ENTRIES, element instanceof HTMLDListElement ? "div" : "li"));
    },
  };
}

/**
 * Return the words for what isn't shown.
 *
 * @param {number} count
 * @param {string} tag
 */
function more(count, tag) {
  const element = document.createElement(tag);
  element.className = "more";
  const text = interpolate(gettext("and %(count)s more"), { count });
  if (tag === "li") element.append(text);
  else element.append(withText("dt", "…"), withText("dd", text));
  return element;
}

/**
 * @param {string} tag
 * @param {string} text
 */
function withText(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} text
 */
function writeWords(element, text) {
  if (element.textContent !== text) element.textContent = text;
  element.classList.toggle("empty", text === "");
}
