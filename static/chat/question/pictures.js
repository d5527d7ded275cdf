import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { discard, UploadError, uploadImage } from "chat/question/attachment";
import { attachmentEntry, nameOf } from "chat/question/attachment-entry";
import { listenForAddresses } from "chat/question/picture-address";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/question/form").QuestionForm} QuestionForm
 * @typedef {{entry: HTMLElement, part: Part | null, abort: AbortController}} Picture
 */

/** The pictures of a question that is being written: picked, pasted, dropped, or named by their address. */
export class QuestionPictures {
  /** @type {Picture[]} */ #pictures = [];
  #form;

  /** @param {QuestionForm} form */
  constructor(form) {
    this.#form = form;
    const input = find(form, "input[type=file]", HTMLInputElement);
    find(form, ".attach", HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      this.add([...(input.files ?? [])]);
      input.value = "";
    };
    listenForAddresses(form, (address) => this.#addAddress(address));
  }

  /** What is ready to be sent. */
  get parts() {
    return this.#pictures.flatMap(({ part }) => part ?? []);
  }

  get isUploading() {
    return this.#pictures.some(({ part, entry }) => !part && !entry.hasAttribute("data-failed"));
  }

  get hasFailed() {
    return this.#pictures.some(({ entry }) => entry.hasAttribute("data-failed"));
  }

  /** @param {Part[]} content whose pictures take the place of those that are ready */
  show(content) {
    for (const { entry } of this.#pictures.filter(({ part }) => part)) entry.remove();
    this.#pictures = this.#pictures.filter(({ part }) => !part);
    for (const part of content) if (part.file_id || part.image_url) this.#append(part, nameOf(part));
  }

  /** Takes back what was uploaded for a question that will not be asked. */
  discard() {
    for (const picture of this.#pictures) this.#takeBack(picture);
  }

  /** @param {File[]} files */
  add(files) {
    this.#form.showError("");
    this.#form.focusField();
    const largest = Number(this.#form.dataset.maxImageBytes);
    for (const file of files) {
      if (!file.type.startsWith("image/")) this.#refuse(gettext("“%(name)s” isn't an image."), file.name);
      else if (file.size > largest) {
        this.#refuse(gettext("“%(name)s” is larger than %(size)s MB."), file.name, (largest / 1e6).toLocaleString());
      } else if (this.#hasRoom()) this.#upload(file, this.#append(null, file.name));
      else return;
    }
  }

  /**
   * @param {string} address
   * @returns {boolean} whether it is taken
   */
  #addAddress(address) {
    if (!URL.canParse(address) || new URL(address).protocol !== "https:") {
      this.#form.showError(gettext("An image's address must begin with https://."));
      return false;
    }
    if (!this.#hasRoom()) return false;
    this.#form.showError("");
    this.#append({ type: "input_image", detail: "auto", image_url: address }, address);
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
    const most = Number(this.#form.dataset.maxImages);
    const hasRoom = this.#pictures.length < most;
    if (!hasRoom) {
      this.#form.showError(interpolate(gettext("A message can have up to %(most)s images."), { most }));
    }
    return hasRoom;
  }

  /**
   * @param {File} file
   * @param {Picture} picture
   */
  async #upload(file, picture) {
    const { entry, abort } = picture;
    const image = find(entry, "img", HTMLImageElement);
    image.src ||= URL.createObjectURL(file);
    const progress = find(entry, "progress", HTMLProgressElement);
    const retry = find(entry, ".retry", HTMLButtonElement);
    try {
      const id = await uploadImage(file, (share) => this.#advance(progress, share), abort.signal);
      picture.part = { type: "input_image", detail: "auto", file_id: id };
      progress.remove();
    } catch (error) {
      if (abort.signal.aborted) return;
      this.#form.showError(error instanceof Error ? error.message : String(error));
      if (error instanceof UploadError && error.isFinal) return this.#remove(picture);
      entry.toggleAttribute("data-failed", true);
      retry.onclick = () => {
        entry.removeAttribute("data-failed");
        this.#form.showError("");
        this.#form.focusField();
        this.#upload(file, picture);
      };
    }
    this.#form.changed();
  }

  /**
   * @param {HTMLProgressElement} progress
   * @param {number} share
   */
  #advance(progress, share) {
    // When all is sent, the server still has to look at it.
    if (share < 1) progress.value = share;
    else progress.removeAttribute("value");
  }

  /**
   * @param {Part | null} part null while it is uploaded
   * @param {string} name
   * @returns {Picture}
   */
  #append(part, name) {
    const entry = attachmentEntry(part, name, () => {
      this.#takeBack(picture);
      this.#remove(picture);
    });
    const picture = { entry, part, abort: new AbortController() };
    find(this.#form, ".attachments", HTMLElement).append(entry);
    this.#pictures.push(picture);
    return picture;
  }

  /** @param {Picture} picture */
  #takeBack({ part, abort }) {
    abort.abort();
    if (part?.file_id && !this.#form.isSent(part)) discard(part.file_id);
  }

  /** @param {Picture} picture */
  #remove({ entry }) {
    const hadFocus = entry.contains(document.activeElement);
    const beside = (entry.nextElementSibling ?? entry.previousElementSibling)?.querySelector(".remove");
    entry.remove();
    this.#pictures = this.#pictures.filter((picture) => picture.entry !== entry);
    if (hadFocus && beside instanceof HTMLElement) beside.focus();
    else if (hadFocus) this.#form.focusField();
    this.#form.changed();
  }
}
