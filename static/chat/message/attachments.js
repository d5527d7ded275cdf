import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { discard, UploadError, uploadFile } from "chat/message/attachment";
import { AttachmentEntry } from "chat/message/attachment-entry";
import { listenForUrls } from "chat/message/image-url";

/**
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/message/form").MessageForm} MessageForm
 * @typedef {{entry: AttachmentEntry, isImage: boolean, part: Part | null, abort: AbortController}} Attachment
 */

/** Drawings are read as the text that they are. */
const isImageType = (/** @type {string} */ type) => type.startsWith("image/") && type !== "image/svg+xml";

/** The files of a message that is being written: picked, pasted, dropped, or images attached by their URLs. */
export class MessageAttachments {
  /** @type {Attachment[]} */ #attachments = [];
  /** @type {string[]} */ #refusals = [];
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
    this.#list.addEventListener("detail", () => form.changed());
    listenForUrls(form, (url) => this.#addUrl(url));
  }

  /** The files that are ready to be sent. */
  get parts() {
    return this.#attachments.flatMap(({ part }) => part ?? []);
  }

  get isUploading() {
    return this.#attachments.some(({ part, entry }) => !part && !entry.hasFailed);
  }

  get hasFailed() {
    return this.#attachments.some(({ entry }) => entry.hasFailed);
  }

  /** Why files aren't attached, a line for each. They stay until others are chosen, or the message is sent. */
  get refusals() {
    return this.#refusals.join("\n");
  }

  /**
   * Replace the files that are ready by others. Those that are still being uploaded, or that failed, stay.
   *
   * @param {Part[]} content
   */
  show(content) {
    this.#refusals = [];
    for (const { entry } of this.#attachments.filter(({ part }) => part)) entry.element.remove();
    this.#attachments = this.#attachments.filter(({ part }) => !part);
    for (const part of content) if (part.file_id || part.image_url) this.#appendPart(part);
  }

  /** Delete the uploads of a message that will not be sent. */
  discard() {
    for (const attachment of this.#attachments) this.#deleteUpload(attachment);
  }

  /**
   * Upload these files, except those that are too large or too many.
   *
   * @param {File[]} files
   */
  add(files) {
    this.#refusals = [];
    this.#form.showError("");
    this.#form.focusField();
    const { maxImageBytes, maxFileBytes } = this.#form.dataset;
    for (const file of files) {
      const isImage = isImageType(file.type);
      const maxBytes = Number(isImage ? maxImageBytes : maxFileBytes);
      if (file.size > maxBytes) {
        const values = { name: file.name, size: (maxBytes / 1e6).toLocaleString(document.documentElement.lang) };
        this.refuse(interpolate(gettext("“%(name)s” is larger than %(size)s MB."), values));
      } else if (this.#hasRoom(isImage)) {
        const attachment = this.#append(file.name, isImage);
        attachment.entry.preview(file);
        attachment.entry.element.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.#upload(file, attachment);
      }
    }
    this.#form.changed();
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
    if (!this.#hasRoom(true)) return false;
    this.#form.showError("");
    this.#appendPart({ type: "input_image", detail: "auto", image_url: url });
    this.#form.changed();
    return true;
  }

  /** @param {boolean} isImage */
  #hasRoom(isImage) {
    const { maxImages, maxFiles } = this.#form.dataset;
    const limit = Number(isImage ? maxImages : maxFiles);
    const hasRoom = this.#attachments.filter((each) => each.isImage === isImage).length < limit;
    const sentence = isImage
      ? gettext("A message can have up to %(most)s images.")
      : gettext("A message can have up to %(most)s files besides images.");
    if (!hasRoom) this.refuse(interpolate(sentence, { most: limit }));
    return hasRoom;
  }

  /**
   * Say why a file isn't attached, below what was said of others.
   *
   * @param {string} reason
   */
  refuse(reason) {
    // What was written for all of the files must not be sent without one.
    this.#form.cancelWaiting();
    if (!this.#refusals.includes(reason)) this.#refusals.push(reason);
    this.#form.showError(this.refusals);
  }

  /**
   * @param {File} file
   * @param {Attachment} attachment
   */
  async #upload(file, attachment) {
    const { entry, abort } = attachment;
    try {
      const part = await uploadFile(file, (share) => entry.showProgress(share), abort.signal);
      attachment.part = part;
      // What it is, is told by its content.
      if ((part.type === "input_image") !== attachment.isImage) return this.#exchange(attachment, part, file.name);
      entry.finish(part);
    } catch (error) {
      if (abort.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      if (error instanceof UploadError && error.isFinal) {
        this.refuse(reason);
        return this.#remove(attachment);
      }
      this.#form.showError(reason);
      entry.fail(() => {
        this.#form.showError("");
        this.#form.focusField();
        this.#upload(file, attachment);
        this.#form.changed();
      });
    }
    this.#form.changed();
  }

  /**
   * Put the right entry in the place of that of a file which is an image, or the other way round.
   *
   * @param {Attachment} attachment
   * @param {Part} part
   * @param {string} name
   */
  #exchange(attachment, part, name) {
    attachment.isImage = part.type === "input_image";
    const before = attachment.entry.element;
    attachment.entry = this.#entryOf(attachment, name);
    attachment.entry.finish(part);
    before.replaceWith(attachment.entry.element);
    this.#form.changed();
  }

  /** @param {Part} part */
  #appendPart(part) {
    const isImage = part.type === "input_image";
    const name = part.name ?? part.image_url ?? gettext("image");
    const attachment = this.#append(name, isImage && !part.image_url);
    attachment.isImage = isImage;
    // The detail of an image may be changed here, and not where the part came from.
    attachment.part = { ...part };
    attachment.entry.finish(attachment.part);
  }

  /**
   * @param {string} name
   * @param {boolean} isImage
   * @returns {Attachment}
   */
  #append(name, isImage) {
    const attachment = /** @type {Attachment} */ ({ isImage, part: null, abort: new AbortController() });
    attachment.entry = this.#entryOf(attachment, name);
    this.#list.append(attachment.entry.element);
    this.#attachments.push(attachment);
    return attachment;
  }

  /**
   * @param {Attachment} attachment
   * @param {string} name
   */
  #entryOf(attachment, name) {
    return new AttachmentEntry(name, attachment.isImage, () => {
      this.#deleteUpload(attachment);
      this.#remove(attachment);
    });
  }

  /** @param {Attachment} attachment */
  #deleteUpload({ part, abort }) {
    abort.abort();
    if (part?.file_id && !this.#form.isSent(part)) discard(part.file_id);
  }

  /** @param {Attachment} attachment */
  #remove(attachment) {
    const { element } = attachment.entry;
    const hadFocus = element.contains(document.activeElement);
    const neighbour = (element.nextElementSibling ?? element.previousElementSibling)?.querySelector(".remove");
    element.remove();
    this.#attachments = this.#attachments.filter((each) => each !== attachment);
    if (hadFocus && neighbour instanceof HTMLElement) neighbour.focus();
    else if (hadFocus) this.#form.focusField();
    this.#form.changed();
  }

  get #list() {
    return find(this.#form, ".attachments", HTMLElement);
  }
}
