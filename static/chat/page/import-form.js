import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { upload } from "chat/lib/upload";
import { summary } from "chat/page/import-report";

/**
 * @typedef {import("chat/page/import-report").Report} Report
 * @typedef {{done?: number, of?: number, report?: Report, error?: {message: string}}} Line
 */

const FAILED = gettext("Something went wrong. Try again: nothing is imported twice.");

/** A form that uploads a file, and shows the progress of its import and its report. */
class ImportForm extends HTMLElement {
  connectedCallback() {
    const form = find(this, "form", HTMLFormElement);
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#send(new FormData(form));
    };
  }

  /** @param {FormData} content */
  async #send(content) {
    const file = /** @type {File} */ (content.get("file"));
    const maxBytes = Number(this.dataset.maxBytes);
    this.#begin();
    if (file.size > maxBytes) {
      this.#end(interpolate(gettext("The file is larger than %(size)s MB."), { size: maxBytes / 1e6 }));
      return;
    }
    let answer;
    try {
      answer = await upload(location.pathname, content, {
        onProgress: (share) => this.#showUpload(share),
        onText: (text) => this.#read(lastLine(text)),
      });
    } catch {
      this.#end(FAILED);
      return;
    }
    this.#finish(answer);
  }

  #begin() {
    find(this, "button", HTMLButtonElement).disabled = true;
    this.#say("");
    find(this, ".report", HTMLElement).textContent = "";
    this.#problems.replaceChildren();
    this.#problems.hidden = true;
  }

  /** @param {string} [problem] */
  #end(problem = "") {
    find(this, "button", HTMLButtonElement).disabled = false;
    find(this, ".progress", HTMLElement).hidden = true;
    this.#say(problem);
  }

  /** @param {Line} line */
  #read({ done, of }) {
    if (done === undefined || !of) return;
    this.#show(done / of, interpolate(gettext("%(done)s of %(of)s conversations"), { done, of }));
  }

  /** @param {import("chat/lib/upload").UploadResult} answer */
  #finish({ text, url }) {
    const { error, report } = lastLine(text);
    const isSignedOut = new URL(url).pathname !== location.pathname;
    if (report) this.#end();
    else this.#end(isSignedOut ? gettext("You're signed out. Sign in again to continue.") : (error?.message ?? FAILED));
    if (report) this.#report(report);
  }

  /** @param {Report} report */
  #report(report) {
    find(this, ".report", HTMLElement).textContent = summary(report);
    this.#problems.replaceChildren(...report.problems.map(problem));
    this.#problems.hidden = !report.problems.length;
  }

  /** @param {number} share of the file that has been sent, 0 to 1; then the server reads it */
  #showUpload(share) {
    if (share < 1) this.#show(share, gettext("Uploading…"));
    else this.#show(undefined, gettext("Reading…"));
  }

  /**
   * @param {number | undefined} share 0 to 1, undefined while it isn't known
   * @param {string} words
   */
  #show(share, words) {
    const progress = find(this, "progress", HTMLProgressElement);
    if (share === undefined) progress.removeAttribute("value");
    else progress.value = share;
    find(this, ".progress span", HTMLElement).textContent = words;
    find(this, ".progress", HTMLElement).hidden = false;
  }

  /** @param {string} problem */
  #say(problem) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = problem;
    error.hidden = !problem;
  }

  get #problems() {
    return find(this, ".problems", HTMLElement);
  }
}

/**
 * Return the last complete line of the response, or an empty object if there is none.
 *
 * @param {string} text
 * @returns {Line}
 */
function lastLine(text) {
  try {
    return JSON.parse(
      text
        .slice(0, text.lastIndexOf("}") + 1)
        .trim()
        .split("\n")
        .at(-1) ?? "",
    );
  } catch {
    return {};
  }
}

/** @param {{title: string, reason: string}} problem */
function problem({ title, reason }) {
  const entry = document.createElement("li");
  entry.textContent = `${title || gettext("Untitled")}: ${reason}`;
  return entry;
}

customElements.define("import-form", ImportForm);
