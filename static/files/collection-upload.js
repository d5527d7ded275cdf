import { find } from "chat/lib/dom";
import { gettext, interpolate, ngettext } from "chat/lib/translations";
import { isFinal, upload } from "chat/lib/upload";

/** How many files are sent at the same time. */
const AT_ONCE = 3;
/** How many of those that weren't uploaded are named. */
const MAX_NAMED = 50;

/** @typedef {{file: File, reason: string, isFinal: boolean}} Problem a final one stays, however often it is tried */

/** Where files are put into a collection: chosen or dropped, sent a few at a time, with what became of each. */
export class CollectionUpload extends HTMLElement {
  /** The name of the event when a file was uploaded. */
  static UPLOADED = "collection-uploaded";

  /** @type {File[]} */ #waiting = [];
  /** What is being sent, with the share that has been. @type {Map<File, number>} */ #sending = new Map();
  /** @type {Problem[]} */ #problems = [];
  #abort = new AbortController();
  #done = 0;
  #all = 0;

  connectedCallback() {
    const input = find(this, "input[type=file]", HTMLInputElement);
    find(this, ".choose", HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      this.#add([...(input.files ?? [])]);
      input.value = "";
    };
    find(this, ".stop", HTMLButtonElement).onclick = () => this.#stop();
    find(this, ".again", HTMLButtonElement).onclick = () => this.#tryAgain();
    find(this, ".dismiss", HTMLButtonElement).onclick = () => this.#dismiss();
    this.#listenForDrops();
    addEventListener("beforeunload", (event) => {
      if (this.#isBusy) event.preventDefault();
    });
  }

  get #isBusy() {
    return this.#waiting.length > 0 || this.#sending.size > 0;
  }

  #listenForDrops() {
    // Files that miss the place would be opened by the browser, in place of the page.
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.toggleAttribute("data-dragging", true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.removeAttribute("data-dragging");
    });
    document.addEventListener("drop", (event) => {
      this.removeAttribute("data-dragging");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.#add([...event.dataTransfer.files]);
    });
  }

  /** @param {File[]} files */
  #add(files) {
    if (!files.length) return;
    if (!this.#isBusy) {
      this.#done = 0;
      this.#all = 0;
      this.#abort = new AbortController();
    }
    this.#all += files.length;
    this.#waiting.push(...files);
    this.#show();
    while (this.#sending.size < AT_ONCE && this.#waiting.length) this.#sendNext();
  }

  async #sendNext() {
    const file = this.#waiting.shift();
    if (!file) return;
    this.#sending.set(file, 0);
    const { signal } = this.#abort;
    const problem = await this.#send(file, signal);
    this.#sending.delete(file);
    if (signal.aborted) return this.#show();
    this.#done += 1;
    if (problem) this.#problems.push({ file, ...problem });
    else this.dispatchEvent(new Event(CollectionUpload.UPLOADED, { bubbles: true }));
    this.#sendNext();
    this.#show();
  }

  /**
   * Send a file. Return what is wrong if it wasn't taken.
   *
   * @param {File} file
   * @param {AbortSignal} signal
   * @returns {Promise<{reason: string, isFinal: boolean} | null>}
   */
  async #send(file, signal) {
    const maxBytes = Number(this.dataset.maxBytes);
    if (file.size > maxBytes) {
      const size = (maxBytes / 1e6).toLocaleString(document.documentElement.lang || undefined);
      return { reason: interpolate(gettext("The file is larger than %(size)s MB."), { size }), isFinal: true };
    }
    const form = new FormData();
    form.append("file", file);
    const onProgress = (/** @type {number} */ share) => {
      this.#sending.set(file, share);
      this.#show();
    };
    try {
      const { status, text } = await upload(this.dataset.url ?? "", form, { onProgress, signal });
      if (status === 200 || status === 201) return null;
      return { reason: messageOf(status, text), isFinal: isFinal(status) };
    } catch {
      // What is read from a folder that has changed fails, too.
      return { reason: gettext("The connection was lost."), isFinal: false };
    }
  }

  #stop() {
    this.#waiting = [];
    this.#abort.abort();
    this.#show();
    find(this, ".choose", HTMLElement).focus();
  }

  #tryAgain() {
    const files = this.#problems.filter(({ isFinal }) => !isFinal).map(({ file }) => file);
    this.#problems = this.#problems.filter(({ isFinal }) => isFinal);
    this.#add(files);
    find(this, ".choose", HTMLElement).focus();
  }

  #dismiss() {
    this.#problems = [];
    this.#show();
    find(this, ".choose", HTMLElement).focus();
  }

  #show() {
    const isBusy = this.#isBusy && !this.#abort.signal.aborted;
    find(this, ".progress", HTMLElement).hidden = !isBusy;
    const shares = [...this.#sending.values()].reduce((sum, share) => sum + share, 0);
    find(this, "progress", HTMLProgressElement).value = this.#all ? (this.#done + shares) / this.#all : 0;
    const values = { done: this.#done, all: this.#all };
    const words = interpolate(gettext("%(done)s of %(all)s files are uploaded"), values);
    setText(find(this, ".words", HTMLElement), words);
    setText(find(this, "[role=status]", HTMLElement), isBusy ? "" : this.#outcome());
    this.#showProblems(isBusy);
  }

  /** What became of it, for those who don't see it. */
  #outcome() {
    const count = this.#done - this.#problems.length;
    if (count < 1) return "";
    return interpolate(ngettext("%(count)s file was uploaded.", "%(count)s files were uploaded.", count), { count });
  }

  /** @param {boolean} isBusy */
  #showProblems(isBusy) {
    const count = this.#problems.length;
    find(this, ".problems", HTMLElement).hidden = !count;
    const sentence = ngettext("%(count)s file wasn't uploaded:", "%(count)s files weren't uploaded:", count);
    setText(find(this, ".error", HTMLElement), count ? interpolate(sentence, { count }) : "");
    const list = find(this, ".problems ul", HTMLUListElement);
    if (list.childElementCount !== Math.min(count, MAX_NAMED))
      list.replaceChildren(...this.#problems.slice(0, MAX_NAMED).map(entryOf));
    find(this, ".again", HTMLElement).hidden = isBusy || this.#problems.every(({ isFinal }) => isFinal);
  }
}

/** @param {Problem} problem */
function entryOf({ file, reason }) {
  const [entry, name] = [document.createElement("li"), document.createElement("bdi")];
  name.textContent = file.name;
  entry.append(name, `: ${reason}`);
  return entry;
}

/**
 * Live regions say everything that is set, also what they say already.
 *
 * @param {HTMLElement} element
 * @param {string} text
 */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * @param {number} status
 * @param {string} text
 * @returns {string}
 */
function messageOf(status, text) {
  try {
    return JSON.parse(text).error.message;
  } catch {
    return status === 403
      ? gettext("You're signed out. Sign in again to continue.")
      : gettext("Something went wrong. Try again in a moment.");
  }
}

customElements.define("collection-upload", CollectionUpload);
