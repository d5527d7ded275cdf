import { drawFile, viewUrl } from "chat/files/card";
import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { attachmentUrl, thumbnailUrl } from "chat/message/attachment";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/files/words").FileFacts} FileFacts
 */

/** The entry of a file or an image in the list above the message field. */
export class AttachmentEntry {
  element = fromTemplate("#attachment-template", HTMLLIElement);
  #name;

  /**
   * @param {string} name
   * @param {boolean} isImage
   * @param {() => void} onRemove
   */
  constructor(name, isImage, onRemove) {
    this.#name = name;
    this.#open.className = isImage ? "open image" : "open file-card";
    this.#open.title = name;
    for (const part of this.#open.querySelectorAll(isImage ? ".file-icon, .facts" : "img")) part.remove();
    if (isImage) this.#image.alt = name;
    else drawFile(this.#open, { name });
    const retry = find(this.element, ".retry", HTMLButtonElement);
    retry.ariaLabel = `${retry.textContent}: ${name}`;
    const remove = find(this.element, ".remove", HTMLButtonElement);
    remove.ariaLabel = interpolate(gettext("Remove %(name)s"), { name });
    remove.onclick = onRemove;
  }

  get hasFailed() {
    return this.element.hasAttribute("data-failed");
  }

  /** Show an image before it is uploaded. @param {File} file */
  preview(file) {
    const image = this.element.querySelector("img");
    if (image) image.src ||= URL.createObjectURL(file);
  }

  /** @param {number} share what is sent, 0 to 1 */
  showProgress(share) {
    const progress = find(this.element, "progress", HTMLProgressElement);
    // When everything is sent, the server still has to read the file.
    if (share < 1) progress.value = share;
    else progress.removeAttribute("value");
    this.#say(share < 1 ? gettext("Uploading…") : gettext("Reading…"));
  }

  /**
   * Show that it couldn't be uploaded.
   *
   * @param {() => void} onRetry
   */
  fail(onRetry) {
    this.element.toggleAttribute("data-failed", true);
    this.#say(gettext("Couldn't be uploaded"));
    find(this.element, ".retry", HTMLButtonElement).onclick = () => {
      this.element.removeAttribute("data-failed");
      this.showProgress(0);
      onRetry();
    };
  }

  /** Show that it is ready to be sent. @param {Part} part */
  finish(part) {
    find(this.element, "progress", HTMLProgressElement).remove();
    if (part.type === "input_file") {
      drawFile(this.#open, part);
      this.#open.href = viewUrl(part.file_id ?? "");
    } else {
      this.#offerDetail(part);
      if (part.image_url) return drawFile(this.#open, { name: part.image_url, kind: "image" });
      this.#image.src ||= thumbnailUrl(part.file_id ?? "");
      this.#open.href = attachmentUrl(part.file_id ?? "");
    }
  }

  /** @param {Part} part */
  #offerDetail(part) {
    const select = this.#detail;
    select.hidden = false;
    select.ariaLabel = interpolate(gettext("Detail of %(name)s"), { name: this.#name });
    select.value = part.detail ?? "auto";
    select.onchange = () => {
      part.detail = select.value;
      select.dispatchEvent(new Event("detail", { bubbles: true }));
    };
  }

  /** @param {string} words */
  #say(words) {
    const details = this.element.querySelector(".details");
    if (details) details.textContent = words;
  }

  get #open() {
    return find(this.element, ".open", HTMLAnchorElement);
  }

  get #image() {
    return find(this.element, "img", HTMLImageElement);
  }

  get #detail() {
    return find(this.element, "select", HTMLSelectElement);
  }
}
