import { gettext, interpolate } from "chat/lib/translations";

/** @typedef {{number: number, note: HTMLElement | null, marks: HTMLElement[]}} Footnote */

/** How many of them are laid out together. */
const TOGETHER = 20;

/** How many texts of this page have footnotes: their ids differ. */
let texts = 0;

/** The footnotes of one text, numbered in the order in which they are first met, and shown below it. */
export class Footnotes {
  /** @type {HTMLElement | null} */ section = null;
  #root;
  #id = "";
  /** @type {Map<string, Footnote>} */ #all = new Map();

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
  }

  /** The mark that refers to a footnote. @param {string} label */
  refer(label) {
    const footnote = this.#footnote(label);
    const mark = document.createElement("sup");
    mark.dataset.label = label;
    footnote.marks.push(mark);
    mark.append(this.#link(footnote));
    return mark;
  }

  /** The element for what a footnote says. @param {string} label */
  define(label) {
    const footnote = this.#footnote(label);
    const note = document.createElement("li");
    // Of two with one name the first counts.
    if (footnote.note) return note;
    footnote.note = note;
    note.id = this.#idOf(footnote);
    note.tabIndex = -1;
    note.setAttribute("value", String(footnote.number));
    this.#place(footnote, note);
    for (const mark of footnote.marks) mark.replaceChildren(this.#link(footnote));
    return note;
  }

  /** No more come: marks without a footnote are words. */
  end() {
    for (const { note, marks, number } of this.#all.values()) {
      // Others were drawn before their place was settled, and are gone.
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
    this.#id ||= `footnotes-${++texts}`;
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
    const list = this.#list(Math.ceil(number / TOGETHER));
    // They come in their order mostly.
    let before = list.lastElementChild;
    while (before && Number(before.getAttribute("value")) > number) before = before.previousElementSibling;
    if (before) before.after(note);
    else list.prepend(note);
  }

  /** The list of so many in which a footnote stands. @param {number} at counted from 1 */
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
 * Goes where a link within a text leads, without making it the page's address.
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
