/** The page of a collection, which shows how its files are read, and copied to providers, while they are. */

import "chat/lib/announcer";
import { attempt, listenForUndo } from "chat/lib/attempt";
import { find } from "chat/lib/dom";
import { fetchDocument } from "chat/lib/http";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";
import { CollectionUpload } from "./collection-upload.js";
import { deleteFile } from "./file-list.js";

/** Between two looks while files are being read, in milliseconds. */
const LOOK_AFTER_MS = 1500;
/** What the page shows anew, besides the files themselves. */
const PARTS = [".copies", ".summary", ".search", ".retry-failed", ".none", ".empty", "nav.pages"];

class CollectionPage extends HTMLElement {
  #timer = 0;
  #abort = new AbortController();

  connectedCallback() {
    listenForUndo();
    this.addEventListener("click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button) this.#act(button);
    });
    this.addEventListener(CollectionUpload.UPLOADED, () => this.#look());
    this.#wait();
  }

  /** @param {HTMLButtonElement} button */
  async #act(button) {
    const { classList, value } = button;
    const entry = button.closest("li");
    if (entry && classList.contains("delete")) {
      deleteFile(entry, value, find(this, ".none", HTMLElement), () => this.#look());
    } else if (classList.contains("retry") || classList.contains("retry-all")) {
      if (await attempt("POST", value)) await this.#look();
    } else if (classList.contains("empty")) {
      this.#empty(value);
    } else if (classList.contains("delete-collection")) {
      if (await attempt("POST", value)) location.assign(button.dataset.next ?? "");
    }
  }

  /** @param {string} address */
  async #empty(address) {
    const response = await attempt("DELETE", address);
    if (!response) return;
    const { deleted_at } = await response.json();
    await this.#look();
    toast().show(gettext("All files were deleted."), gettext("Undo"), async () => {
      if (await attempt("PATCH", address, { deleted_at })) this.#look();
    });
  }

  #wait() {
    clearTimeout(this.#timer);
    if (this.querySelector("[data-open]")) this.#timer = setTimeout(() => this.#look(), LOOK_AFTER_MS);
  }

  async #look() {
    clearTimeout(this.#timer);
    // An earlier look may come later than what has been done since.
    this.#abort.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const { page } = await fetchDocument(location.href, signal);
    if (signal.aborted) return;
    const fetched = page?.querySelector("collection-page");
    // Without an answer, it looks again.
    if (fetched) this.#show(fetched);
    this.#wait();
  }

  /** @param {Element} fetched */
  #show(fetched) {
    for (const part of PARTS) showPart(this, fetched, part);
    const list = find(this, "ul.files", HTMLUListElement);
    const shown = new Map([...list.children].map((entry) => [idOf(entry), entry]));
    const entries = [...find(fetched, "ul.files", HTMLUListElement).children].map((entry) => {
      const before = shown.get(idOf(entry));
      return before && before.innerHTML === entry.innerHTML ? before : document.importNode(entry, true);
    });
    const focused = list.contains(document.activeElement) ? document.activeElement?.closest("li") : null;
    if (entries.some((entry, index) => list.children[index] !== entry) || entries.length !== list.childElementCount)
      list.replaceChildren(...entries);
    if (focused) refocus(list, focused);
  }
}

/** @param {Element} entry */
const idOf = (entry) => entry.getAttribute("data-id") ?? "";

/**
 * Replace what a part of the page says, if that has changed. Screen readers read the summary out.
 *
 * @param {HTMLElement} shown
 * @param {Element} fetched
 * @param {string} part
 */
function showPart(shown, fetched, part) {
  const [before, after] = [shown.querySelector(part), fetched.querySelector(part)];
  if (!(before instanceof HTMLElement && after instanceof HTMLElement)) return;
  before.hidden = after.hidden;
  before.toggleAttribute("data-open", after.dataset.open !== undefined);
  // What somebody has typed there stays.
  if (part !== ".search" && before.innerHTML !== after.innerHTML)
    before.replaceChildren(...document.importNode(after, true).childNodes);
}

/**
 * Give the focus back to the same file, or to the list's beginning.
 *
 * @param {HTMLElement} list
 * @param {Element} entry
 */
function refocus(list, entry) {
  if (entry.contains(document.activeElement)) return;
  const same = [...list.children].find((each) => idOf(each) === idOf(entry)) ?? list.firstElementChild;
  const place = same?.querySelector(".delete") ?? document.querySelector(".back a");
  if (place instanceof HTMLElement) place.focus();
}

customElements.define("collection-page", CollectionPage);
