import { FileText } from "chat/files/text";
import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { startWorker } from "chat/lib/workers";

/** @typedef {import("chat/files/pdf").PdfPages} PdfPages */

/**
 * What shows a file: the pages of a PDF, an image, or the text that was read of it.
 *
 * Events: `close`, when its button is pressed.
 */
export class FileViewer extends HTMLElement {
  /** @type {PdfPages | undefined} */ #pages;
  /** @type {Worker | undefined} */ #worker;
  /** @type {FileText | undefined} */ #text;

  connectedCallback() {
    find(this, ".close", HTMLButtonElement).onclick = () => this.dispatchEvent(new Event("close"));
    const { kind } = this.dataset;
    if (kind === "image") this.#showImage();
    else if (kind === "pdf") this.#showPdf();
    else this.#showText();
  }

  disconnectedCallback() {
    this.#pages?.close();
    this.#worker?.terminate();
    this.#text?.stop();
  }

  #showImage() {
    const { address = "" } = this.dataset;
    const image = document.createElement("img");
    image.className = "picture";
    image.alt = find(this, "h1 .visually-hidden", HTMLElement).textContent;
    image.onload = () => this.#say("");
    image.onerror = () => this.#say(gettext("The image couldn't be loaded."));
    image.src = address;
    this.#content.append(image);
    this.#content.hidden = false;
  }

  async #showPdf() {
    const { address = "", script = "", worker = "", page, passage } = this.dataset;
    const container = find(this, ".pdf", HTMLDivElement);
    const stage = find(this, ".stage", HTMLElement);
    stage.hidden = false;
    const field = find(this, ".page-number", HTMLInputElement);
    try {
      /** @type {typeof import("chat/files/pdf")} */
      const { PdfPages } = await import(script);
      if (!this.isConnected) return;
      this.#worker = startWorker(worker);
      const pages = new PdfPages(container, address, this.#worker, (number) => {
        // While somebody types there, it stays.
        if (field !== document.activeElement) field.value = String(number);
      });
      this.#pages = pages;
      const count = await pages.load((share) =>
        this.#say(interpolate(gettext("Loading… %(share)s"), { share: percent(share) })),
      );
      find(this, ".pages", HTMLElement).textContent = interpolate(gettext("of %(count)s"), {
        count: count.toLocaleString(document.documentElement.lang),
      });
      this.#say("");
      this.#offerTools(pages, field);
      if (page) pages.page = Number(page);
      if (passage) this.#markPassage(pages, Number(passage));
    } catch (error) {
      // Closed meanwhile.
      if (!this.isConnected) return;
      stage.hidden = true;
      this.#pages = undefined;
      await this.#showText();
      this.#say(gettext("The pages can't be shown here. This is the text in them."));
      throw error;
    }
  }

  /**
   * @param {PdfPages} pages
   * @param {HTMLInputElement} field
   */
  #offerTools(pages, field) {
    find(this, ".pdf-tools", HTMLElement).hidden = false;
    field.onchange = () => {
      pages.page = Number(field.value);
      field.value = String(pages.page);
    };
    field.onkeydown = ({ key }) => {
      if (key === "Enter") field.onchange?.(new Event("change"));
    };
    field.onfocus = () => field.select();
    field.onblur = () => {
      field.value = String(pages.page);
    };
    find(this, ".larger", HTMLButtonElement).onclick = () => pages.zoom(1);
    find(this, ".smaller", HTMLButtonElement).onclick = () => pages.zoom(-1);
    const toggle = find(this, ".as-text", HTMLButtonElement);
    toggle.onclick = () => {
      const isText = toggle.ariaPressed !== "true";
      toggle.ariaPressed = String(isText);
      find(this, ".stage", HTMLElement).hidden = isText;
      this.#content.hidden = !isText;
      if (!isText) this.#say("");
      else if (!this.#text) this.#showText();
    };
  }

  /**
   * @param {PdfPages} pages
   * @param {number} number
   */
  async #markPassage(pages, number) {
    const passage = await FileText.passage(this.dataset.passages ?? "", number);
    if (!passage) return;
    if (passage.page && !this.dataset.page) pages.page = passage.page;
    pages.mark(passage.text);
  }

  async #showText() {
    const { passages = "", page, passage } = this.dataset;
    this.#content.hidden = false;
    this.#text = new FileText(this.#content, passages);
    this.#say(gettext("Loading…"));
    try {
      await this.#text.open(page ? Number(page) : null, passage ? Number(passage) : null);
      this.#say(this.#text.isEmpty ? gettext("There is no text in this file that can be read.") : "");
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error));
    }
  }

  /** @param {string} words */
  #say(words) {
    find(this, ".state", HTMLElement).textContent = words;
  }

  get #content() {
    return find(this, ".text", HTMLElement);
  }
}

/** @param {number} share */
const percent = (share) => share.toLocaleString(document.documentElement.lang, { style: "percent" });

customElements.define("file-viewer", FileViewer);
