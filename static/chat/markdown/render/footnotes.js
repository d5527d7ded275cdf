import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {{number: number, note: HTMLElement | null, marks: HTMLElement[]}} Footnote */

/** How many notes one list has: a browser skips the layout of lists that are out of view. */
const NOTES_PER_LIST = 20;

/** How many texts of the page have footnotes. It makes their ids unique. */
let textCount = 0;

/** The footnotes of one text, shown below it and numbered in the order in which they are first mentioned. */
export class Footnotes {
  /** @type {HTMLElement | null} */ section = null;
  #root;
  #id = "";
  /** @type {Map<string, Footnote>} */ #all = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /**
   * Return a new mark that refers to a footnote.
   *
   * @param {string} label
   */
  createMark(label) {
    const footnote = this.#footnote(label);
    const mark = document.createElement("sup");
    mark.dataset.label = label;
    footnote.marks.push(mark);
    mark.append(this.#link(footnote));
    return mark;
  }

  /**
   * Return the element for a footnote's content. If two have the same label, the first one is shown.
   *
   * @param {string} label
   */
  createNote(label) {
    const footnote = this.#footnote(label);
    const note = document.createElement("li");
    if (footnote.note) return note;
    footnote.note = note;
    note.id = this.#idOf(footnote);
    note.tabIndex = -1;
    note.setAttribute("value", String(footnote.number));
    this.#place(footnote, note);
    for (const mark of footnote.marks) mark.replaceChildren(this.#link(footnote));
    return note;
  }

  /** Turn marks without a footnote into text, and link notes back to their marks: the text is complete. */
  end() {
    for (const { note, marks, number } of this.#all.values()) {
      // Marks in content that was not settled were rendered again; the earlier ones are not in the document.
      const shown = marks.filter((mark) => this.#root.contains(mark));
      if (!note) for (const mark of shown) mark.replaceWith(`[^${mark.dataset.label}]`);
      else if (shown.length) {
        shown[0].id = `${this.#id}-mark-${number}`;
        shown[0].tabIndex = -1;
        (note.lastElementChild ?? note).append(" ", backLink(shown[0].id));
      }
    }
  }

  /** @param {string} label @returns {Footnote} */
  #footnote(label) {
    const name = label.toLowerCase();
    const known = this.#all.get(name);
    if (known) return known;
    this.#id ||= `footnotes-${++textCount}`;
    const made = { number: this.#all.size + 1, note: null, marks: [] };
    this.#all.set(name, made);
    return made;
  }

  /** @param {Footnote} footnote */
  #idOf({ number }) {
    return `${this.#id}-${number}`;
  }

  /** @param {Footnote} footnote */
  #link(footnote) {
    const link = document.createElement("a");
    const { number, note } = footnote;
    link.textContent = String(number);
    link.setAttribute("aria-label", interpolate(gettext("Footnote %(number)s"), { number }));
    if (note) link.href = `#${this.#idOf(footnote)}`;
    return link;
  }

  /** @param {Footnote} footnote @param {HTMLElement} note */
  #place({ number }, note) {
    if (!this.section) {
      this.section = document.createElement("section");
      this.section.className = "footnotes";
      this.section.dir = "auto";
      this.section.setAttribute("aria-label", gettext("Footnotes"));
      this.#root.append(this.section);
    }
    const list = this.#list(Math.ceil(number / NOTES_PER_LIST));
    // Most footnotes arrive in order, so search from the end.
    let before = list.lastElementChild;
    while (before && Number(before.getAttribute("value")) > number) before = before.previousElementSibling;
    if (before) before.after(note);
    else list.prepend(note);
  }

  /**
   * Return a list, adding it if it is missing.
   *
   * @param {number} at counted from 1
   */
  #list(at) {
    const section = /** @type {HTMLElement} */ (this.section);
    while (section.childElementCount < at) section.append(document.createElement("ol"));
    if (at > 1) for (const list of [section.children[at - 2], section.children[at - 1]]) list.className = "piece";
    return section.children[at - 1];
  }
}

/** @param {string} id */
function backLink(id) {
  const link = document.createElement("a");
  link.href = `#${id}`;
  link.textContent = "↩";
  link.setAttribute("aria-label", gettext("Back to the text"));
  return link;
}

/**
 * Follow a link to a footnote or back, without changing the page's URL.
 *
 * @param {HTMLElement} root
 * @param {Event} event
 */
export function followFootnote(root, event) {
  const link = event.target instanceof Element && event.target.closest("a[href^='#']");
  if (!(link instanceof HTMLAnchorElement)) return;
  event.preventDefault();
  const target = root.querySelector(`#${CSS.escape(link.hash.slice(1))}`);
  if (!(target instanceof HTMLElement)) return;
  target.focus({ preventScroll: true });
  target.scrollIntoView({ block: "nearest" });
}
