import { announce } from "chat/lib/announcer";
import { copyStatus, writeClipboard } from "chat/lib/copy";
import { find, fromTemplate } from "chat/lib/dom";
import { MarkdownText } from "chat/markdown/render/element";

/**
 * @typedef {import("chat/live/protocol").FormatProblem} FormatProblem
 * @typedef {import("chat/live/protocol").TextFormat} TextFormat
 * @typedef {import("chat/answer/structured/view").StructuredView} StructuredView
 */

/** @type {Promise<void> | undefined} */
let loading;
/** @type {typeof import("chat/answer/structured/view") | undefined} */
let views;

/**
 * The text of an answer that has a response format, drawn as a form or a table.
 *
 * What draws it is loaded when the first one is shown: a script that shares nothing with this one, so that the page
 * itself stays a single file. It says by events what it needs of the page. Until then, and if that fails, the JSON is
 * shown as it is.
 */
export class StructuredText extends HTMLElement {
  #text = "";
  /** @type {FormatProblem[] | undefined} what is wrong with the whole text */
  #problems = undefined;
  /** @type {TextFormat | undefined} */
  #format = undefined;
  /** @type {StructuredView | MarkdownText | undefined} */
  #view = undefined;
  #hasBegun = false;

  connectedCallback() {
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    for (const type of ["announce", "copy-text", "unreadable"]) this.addEventListener(type, this);
    if (!this.#text) this.#text = this.textContent ?? "";
    this.replaceChildren(this.#text);
    this.#load();
  }

  /** The JSON, as far as it has arrived. */
  get text() {
    return this.#text;
  }

  /** Set the whole text. */
  set text(text) {
    if (text.startsWith(this.#text) && !this.#problems) this.write(text.slice(this.#text.length));
    else {
      this.#text = text;
      this.#draw();
    }
  }

  /** Set the format that the text has. */
  set format(/** @type {TextFormat | undefined} */ format) {
    this.#format = format;
  }

  /** Append text. @param {string} delta */
  write(delta) {
    this.#text += delta;
    if (this.#view) this.#view.write(delta);
    else this.append(delta);
  }

  /** Say that no more text comes, and what is wrong with it. @param {FormatProblem[]} problems */
  end(problems) {
    this.#problems = problems;
    if (views && this.#view instanceof views.StructuredView) this.#view.end(problems);
  }

  /** Do for the view what only the page can. @param {Event} event */
  async handleEvent(event) {
    const { type, detail } = /** @type {CustomEvent<string>} */ (event);
    if (type === "announce") announce(detail);
    else if (type === "unreadable") this.#showAsMarkdown();
    else {
      const status = copyStatus(await writeClipboard(detail));
      announce(status);
      if (views && this.#view instanceof views.StructuredView) this.#view.note(status);
    }
  }

  async #load() {
    loading ??= load();
    try {
      await loading;
      this.#draw();
    } catch {
      // The next answer tries again.
      loading = undefined;
    }
  }

  #draw() {
    this.#view = undefined;
    if (!views) {
      this.replaceChildren(this.#text);
      return;
    }
    const view = new views.StructuredView(this.#format);
    view.write(this.#text);
    this.#view = view;
    this.replaceChildren(view);
    if (this.#problems) view.end(this.#problems);
  }

  /** Show an answer that is no JSON at all as what it is. */
  #showAsMarkdown() {
    const text = new MarkdownText();
    this.#view = text;
    this.replaceChildren(text);
    if (this.#problems) text.text = this.#text;
    else text.write(this.#text);
  }
}

async function load() {
  const styles = fromTemplate("#structured-styles-template", HTMLLinkElement);
  const { script } = find(document, "#structured-styles-template", HTMLTemplateElement).dataset;
  const styled = new Promise((resolve) => {
    styles.onload = styles.onerror = resolve;
  });
  document.head.append(styles);
  [views] = await Promise.all([import(script ?? ""), styled]);
}

customElements.define("structured-text", StructuredText);
