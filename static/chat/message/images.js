import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { discard, UploadError, uploadImage } from "chat/message/attachment";
import { attachmentEntry, nameOf } from "chat/message/attachment-entry";
import { listenForUrls } from "chat/message/image-url";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/message/form").MessageForm} MessageForm
 * @typedef {{entry: HTMLElement, part: Part | null, abort: AbortController}} Attachment
 */

/** The images of a message that is being written: picked, pasted, dropped, or attached by their URLs. */
export class MessageImages {
  /** @type {Attachment[]} */ #images = [];
  #form;

  /** @param {MessageForm} form */
  constructor(form) {
    this.#form = form;
    const input = find(form, "input[type=file]", HTMLInputElement);
    find(form, ".attach", HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      this.add([...(input.files ?? [])]);
      input.value = "";
    };
    listenForUrls(form, (url) => this.#addUrl(url));
  }

  /** The images that are ready to be sent. */
  get parts() {
    return this.#images.flatMap(({ part }) => part ?? []);
  }

  get isUploading() {
    return this.#images.some(({ part, entry }) => !part && !entry.hasAttribute("data-failed"));
  }

  get hasFailed() {
    return this.#images.some(({ entry }) => entry.hasAttribute("data-failed"));
  }

  /**
   * Replace the images that are ready by others. Those that are still being uploaded, or that failed, stay.
   *
   * @param {Part[]} content
   */
  show(content) {
    for (const { entry } of this.#images.filter(({ part }) => part)) entry.remove();
    this.#images = this.#images.filter(({ part }) => !part);
    for (const part of content) if (part.file_id || part.image_url) this.#append(part, nameOf(part));
  }

  /** Delete the uploads of a message that will not be sent. */
  discard() {
    for (const image of this.#images) this.#deleteUpload(image);
  }

  /**
   * Upload these files, except those that are too large or no images.
   *
   * @param {File[]} files
   */
  add(files) {
    this.#form.showError("");
    this.#form.focusField();
    const maxBytes = Number(this.#form.dataset.maxImageBytes);
    for (const file of files) {
      if (!file.type.startsWith("image/"))
        this.#refuse(gettext("“%(name)s” can't be attached. Use PNG, JPEG, WebP, GIF or HEIC."), file.name);
      else if (file.size > maxBytes) {
        this.#refuse(gettext("“%(name)s” is larger than %(size)s MB."), file.name, (maxBytes / 1e6).toLocaleString());
      } else if (this.#hasRoom()) this.#upload(file, this.#append(null, file.name));
      else return;
    }
  }

  /**
   * Attach the image at this URL.
   *
   * @param {string} url
   * @returns {boolean} whether the URL was accepted
   */
  #addUrl(url) {
    if (!URL.canParse(url) || new URL(url).protocol !== "https:") {
      this.#form.showError(gettext("The URL must start with https://."));
      return false;
    }
    if (!this.#hasRoom()) return false;
    this.#form.showError("");
    this.#append({ type: "input_image", detail: "auto", image_url: url }, url);
    this.#form.changed();
    return true;
  }

  /**
   * @param {string} sentence
   * @param {string} name
   * @param {string} [size]
   */
  #refuse(sentence, name, size = "") {
    this.#form.showError(interpolate(sentence, { name, size }));
  }

  #hasRoom() {
    const limit = Number(this.#form.dataset.maxImages);
    const hasRoom = this.#images.length < limit;
    if (!hasRoom) {
      this.#form.showError(interpolate(gettext("A message can have up to %(most)s images."), { most: limit }));
    }
    return hasRoom;
  }

  /**
   * @param {File} file
   * @param {Attachment} image
   */
  async #upload(file, image) {
    const { entry, abort } = image;
    const thumbnail = find(entry, "img", HTMLImageElement);
    thumbnail.src ||= URL.createObjectURL(file);
    const progress = find(entry, "progress", HTMLProgressElement);
    const retry = find(entry, ".retry", HTMLButtonElement);
    try {
      const id = await uploadImage(file, (share) => this.#showProgress(progress, share), abort.signal);
      image.part = { type: "input_image", detail: "auto", file_id: id };
      progress.remove();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#form.showError(error instanceof Error ? error.message : String(error));
      if (error instanceof UploadError && error.isFinal) return this.#remove(image);
      entry.toggleAttribute("data-failed", true);
      retry.onclick = () => {
        entry.removeAttribute("data-failed");
        this.#form.showError("");
        this.#form.focusField();
        this.#upload(file, image);
      };
    }
    this.#form.changed();
  }

  /**
   * @param {HTMLProgressElement} progress
   * @param {number} share
   */
  #showProgress(progress, share) {
    // When everything is sent, the server still has to check the image.
    if (share < 1) progress.value = share;
    else progress.removeAttribute("value");
  }

  /**
   * @param {Part | null} part null while the image is being uploaded
   * @param {string} name
   * @returns {Attachment}
   */
  #append(part, name) {
    const entry = attachmentEntry(part, name, () => {
      this.#deleteUpload(image);
      this.#remove(image);
    });
    const image = { entry, part, abort: new AbortController() };
    find(this.#form, ".attachments", HTMLElement).append(entry);
    this.#images.push(image);
    return image;
  }

  /** @param {Attachment} image */
  #deleteUpload({ part, abort }) {
    abort.abort();
    if (part?.file_id && !this.#form.isSent(part)) discard(part.file_id);
  }

  /** @param {Attachment} image */
  #remove({ entry }) {
    const hadFocus = entry.contains(document.activeElement);
    const neighbour = (entry.nextElementSibling ?? entry.previousElementSibling)?.querySelector(".remove");
    entry.remove();
    this.#images = this.#images.filter((image) => image.entry !== entry);
    if (hadFocus && neighbour instanceof HTMLElement) neighbour.focus();
    else if (hadFocus) this.#form.focusField();
    this.#form.changed();
  }
}
