import { drawFile, viewUrl } from "chat/files/card";
import { readableSize } from "chat/files/words";
import { find, fromTemplate } from "chat/lib/dom";
import { attachmentUrl } from "chat/message/attachment";

/** @typedef {import("chat/items/made").MadeFile} MadeFile */

/** The files that the models of a turn's responses made. Those that a text shows or links are there alone. */
export class AnswerFiles extends HTMLElement {
  /** By output. @type {Map<Element, MadeFile[]>} */ #made = new Map();
  /** The entries, by what they show. @type {Map<string, HTMLLIElement>} */ #entries = new Map();

  /**
   * Note all files of an output.
   *
   * @param {Element} output
   * @param {MadeFile[]} files
   */
  set(output, files) {
    if (!files.length && !this.#made.get(output)?.length) return;
    this.#made.set(output, files);
    this.update();
  }

  /**
   * Note more files of an output.
   *
   * @param {Element} output
   * @param {MadeFile[]} files
   */
  add(output, files) {
    if (files.length) this.set(output, [...(this.#made.get(output) ?? []), ...files]);
  }

  /** Link the files where a text names them, and list the others. */
  update() {
    const all = [...this.#made.values()].flat();
    const kept = new Map(all.filter(({ id }) => id).map((file) => [file.name, file]));
    const links = [...(this.parentElement?.querySelectorAll("file-link") ?? [])].filter(isLink);
    const linked = new Set(links.map((link) => link.show(kept.get(link.dataset.name ?? ""))));
    const listed = new Map(
      all
        .filter(({ id, name }) => (id ? !linked.has(id) : !kept.has(name)))
        .map((file) => [file.id || file.name, file]),
    );
    for (const [key, entry] of this.#entries) {
      if (listed.has(key)) continue;
      entry.remove();
      this.#entries.delete(key);
    }
    for (const [key, file] of listed) {
      const entry = this.#entries.get(key) ?? entryOf(file);
      // An image that was drawn may have been saved, too, under a name.
      nameEntry(entry, file);
      if (this.#entries.has(key)) continue;
      this.#entries.set(key, entry);
      find(this, "ul", HTMLUListElement).append(entry);
    }
    this.hidden = listed.size === 0;
  }

  /**
   * Return the files of the answer in which an element is.
   *
   * @param {Element} element
   */
  static of(element) {
    const found = element.closest("response-output")?.parentElement?.querySelector("answer-files");
    return found instanceof AnswerFiles ? found : null;
  }
}

/**
 * @param {HTMLLIElement} entry
 * @param {MadeFile} file
 */
function nameEntry(entry, { name, bytes }) {
  find(entry, ".name", HTMLElement).textContent = name;
  const card = entry.querySelector("a.file-card");
  if (card instanceof HTMLAnchorElement) drawFile(card, { name, kind: "file", size: bytes });
}

/**
 * @param {MadeFile} file
 * @returns {HTMLLIElement}
 */
function entryOf({ id, name, bytes, width, height, isDeleted }) {
  const kind = isDeleted ? "deleted" : !id ? "lost" : width ? "image" : "file";
  const entry = fromTemplate(`#made-${kind}-template`, HTMLLIElement);
  if (!id) return entry;
  for (const link of entry.querySelectorAll("a")) {
    link.href = link.matches(".file-card") ? viewUrl(id) : attachmentUrl(id);
  }
  const image = entry.querySelector("img");
  if (!image) return entry;
  find(entry, ".size", HTMLElement).textContent = readableSize(bytes);
  Object.assign(image, { src: attachmentUrl(id), alt: name, width, height });
  return entry;
}

/**
 * What a text shows of a file that its model made, by the file's name: a link, or an image. Until the file is known, and
 * if it couldn't be kept, it is only a text.
 */
export class FileLink extends HTMLElement {
  connectedCallback() {
    AnswerFiles.of(this)?.update();
  }

  /**
   * Show the file. Return its id, or an empty string.
   *
   * @param {MadeFile | undefined} file
   */
  show(file) {
    const shown = this.firstElementChild?.getAttribute("data-file");
    if (!file) return "";
    if (shown === file.id) return file.id;
    const link = document.createElement("a");
    link.dataset.file = file.id;
    link.href = file.width ? attachmentUrl(file.id) : viewUrl(file.id);
    if (file.width) link.target = "_blank";
    if (this.hasAttribute("data-image") && file.width) {
      const { width, height } = file;
      link.className = "image";
      link.append(
        Object.assign(document.createElement("img"), { alt: this.textContent, width, height, src: link.href }),
      );
    } else {
      link.append(...this.childNodes);
    }
    this.replaceChildren(link, ...(file.width ? [] : [downloadOf(file)]));
    return file.id;
  }
}

/** Create a link that downloads a file, beside one that opens it. @param {MadeFile} file */
function downloadOf({ id, name }) {
  const made = find(fromTemplate("#made-file-template", HTMLLIElement), ".download", HTMLAnchorElement);
  find(made, ".name", HTMLElement).textContent = name;
  made.href = attachmentUrl(id);
  return made;
}

/** Return whether an element is a link to a file: one of a page that is still loading isn't yet. @param {Element} element @returns {element is FileLink} */
const isLink = (element) => element instanceof FileLink;

customElements.define("answer-files", AnswerFiles);
customElements.define("file-link", FileLink);
