/** The pages of a PDF, drawn by pdf.js. Loaded only if there is one to show. */

import { gettext, interpolate } from "chat/lib/translations";
// The viewer takes it from the global scope.
import * as pdfjs from "pdfjs-dist/legacy/build/pdf.mjs";
import {
  EventBus,
  LinkTarget,
  PDFFindController,
  PDFLinkService,
  PDFViewer,
} from "pdfjs-dist/legacy/web/pdf_viewer.mjs";

/** Pixels of a page's canvas: phones have little memory. */
const MAX_CANVAS_PIXELS = 2 ** 23;
/** How many characters of a passage are looked for on its page. */
const MAX_FOUND_CHARACTERS = 80;

/** What pdf.js needs for files without fonts of their own, or with rare images: each is a part of this script. */
class Data {
  /** @param {{kind: string, filename: string}} wanted */
  async fetch({ kind, filename }) {
    const name = filename.replace(/\.\w+$/, "");
    const { default: data } = await (kind === "cMapUrl"
      ? import(`../../../node_modules/pdfjs-dist/cmaps/${name}.bcmap`)
      : kind === "wasmUrl"
        ? import(`../../../node_modules/pdfjs-dist/wasm/${name}.wasm`)
        : filename.endsWith(".ttf")
          ? import(`../../../node_modules/pdfjs-dist/standard_fonts/${name}.ttf`)
          : import(`../../../node_modules/pdfjs-dist/standard_fonts/${name}.pfb`));
    // It is handed over to the worker.
    return data.slice();
  }
}

/** The viewer's own texts are left out: what it shows of them, we say ourselves. */
const TEXTS = {
  getLanguage: () => document.documentElement.lang,
  getDirection: () => "ltr",
  get: async (/** @type {unknown} */ _id, /** @type {unknown} */ _values, fallback = "") => fallback,
  translate: async () => {},
  translateOnce: async () => {},
  pause: () => {},
  resume: () => {},
  destroy: async () => {},
};

/** A document whose pages are drawn as they come into view. */
export class PdfPages {
  #bus = new EventBus();
  #links = new PDFLinkService({
    eventBus: this.#bus,
    externalLinkTarget: LinkTarget.BLANK,
    externalLinkRel: "noopener noreferrer nofollow",
  });
  #viewer;
  #loading;
  #end = new AbortController();
  /** Whether the pages are as wide as there is room, because nobody chose another size. */
  #isFitted = false;

  /**
   * @param {HTMLDivElement} container an element whose position is absolute, with another one in it
   * @param {string} url
   * @param {Worker} worker one that runs chat/files/pdf-worker
   * @param {(page: number) => void} onPage called when another page is in view
   */
  constructor(container, url, worker, onPage) {
    const linkService = this.#links;
    this.#viewer = new PDFViewer(
      /** @type {any} */ ({
        container,
        eventBus: this.#bus,
        linkService,
        findController: new PDFFindController({ eventBus: this.#bus, linkService }),
        annotationMode: pdfjs.AnnotationMode.ENABLE,
        enableAutoLinking: false,
        maxCanvasPixels: MAX_CANVAS_PIXELS,
        removePageBorders: true,
        l10n: TEXTS,
        abortSignal: this.#end.signal,
      }),
    );
    linkService.setViewer(this.#viewer);
    const observer = new ResizeObserver(() => this.#isFitted && this.fit());
    observer.observe(container);
    this.#end.signal.addEventListener("abort", () => observer.disconnect());
    this.#bus.on("pagechanging", (/** @type {{pageNumber: number}} */ { pageNumber }) => onPage(pageNumber));
    this.#loading = pdfjs.getDocument(
      /** @type {any} */ ({
        url,
        worker: pdfjs.PDFWorker.create({ port: /** @type {any} */ (worker) }),
        BinaryDataFactory: Data,
        enableXfa: false,
        stopAtErrors: false,
        verbosity: pdfjs.VerbosityLevel.ERRORS,
      }),
    );
  }

  /**
   * Load the document. Return how many pages it has; throw an error if it can't be read.
   *
   * @param {(share: number) => void} onProgress
   */
  async load(onProgress) {
    this.#loading.onProgress = (/** @type {{loaded: number, total: number}} */ { loaded, total }) =>
      onProgress(total ? loaded / total : 0);
    const pdf = await this.#loading.promise;
    const ready = new Promise((resolve) => this.#bus.on("pagesinit", resolve, { once: true }));
    this.#viewer.setDocument(pdf);
    this.#links.setDocument(pdf, null);
    await ready;
    for (const [place, page] of [...this.#viewer.container.querySelectorAll(".page")].entries())
      page.ariaLabel = interpolate(gettext("Page %(number)s"), { number: place + 1 });
    this.fit();
    return pdf.numPages;
  }

  /** Make the pages as wide as there is room, but not much larger than they are. */
  fit() {
    this.#isFitted = true;
    this.#viewer.currentScaleValue = "page-width";
    if (this.#viewer.currentScale > 1.5) this.#viewer.currentScale = 1.5;
  }

  /** @param {number} steps */
  zoom(steps) {
    this.#isFitted = false;
    this.#viewer.updateScale({ steps });
  }

  get page() {
    return this.#viewer.currentPageNumber;
  }

  set page(/** @type {number} */ page) {
    this.#viewer.currentPageNumber = Math.min(Math.max(1, Math.trunc(page) || 1), this.#viewer.pagesCount);
  }

  /** Mark where a passage begins, from the page on that is shown. @param {string} passage */
  mark(passage) {
    const words = passage.replace(/\s+/g, " ").trim().slice(0, MAX_FOUND_CHARACTERS);
    const query = words.length < MAX_FOUND_CHARACTERS ? words : words.replace(/ \S*$/, "");
    this.#bus.dispatch("find", { type: "", query, highlightAll: false, caseSensitive: true, entireWord: false });
  }

  async close() {
    this.#end.abort();
    this.#viewer.setDocument(/** @type {any} */ (null));
    await this.#loading.destroy();
  }
}
