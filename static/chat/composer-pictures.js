import { discard, upload } from "chat/attachment";
import { attachmentEntry, nameOf } from "chat/attachment-entry";
import { find } from "chat/dom";

/**
 * @typedef {import("chat/protocol").Part} Part
 * @typedef {{entry: HTMLElement, part: Part | null, abort: AbortController}} Picture
 */

/** The pictures of a question that is being written: picked, pasted, dropped, or named by their address. */
export class ComposerPictures {
  /** @type {Picture[]} */ #pictures = [];
  #composer;
  #onChange;
  #onError;

  /**
   * @param {HTMLElement} composer
   * @param {{onChange: () => void, onError: (message: string) => void}} callbacks
   */
  constructor(composer, { onChange, onError }) {
    this.#composer = composer;
    this.#onChange = onChange;
    this.#onError = onError;
    this.#listenForFiles();
    this.#listenForAddresses();
  }

  /** What is ready to be sent. */
  get parts() {
    return this.#pictures.flatMap(({ part }) => part ?? []);
  }

  get isUploading() {
    return this.#pictures.some(({ part }) => !part);
  }

  /** @param {Part[]} content */
  restore(content) {
    for (const part of content) if (part.file_id || part.image_url) this.#show(part);
  }

  clear() {
    for (const picture of this.#pictures) picture.entry.remove();
    this.#pictures = [];
  }

  #listenForFiles() {
    const input = find(this.#composer, "input[type=file]", HTMLInputElement);
    find(this.#composer, ".attach", HTMLButtonElement).onclick = () => input.click();
    input.onchange = () => {
      this.#addFiles(input.files);
      input.value = "";
    };
    document.addEventListener("paste", (event) => {
      const { files, types } = event.clipboardData ?? {};
      // Office puts a picture of what was copied beside its words.
      if (!files?.length || (types?.includes("text/html") && types.includes("text/plain"))) return;
      event.preventDefault();
      this.#addFiles(files);
    });
    document.addEventListener("dragover", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      this.#composer.toggleAttribute("data-dropping", true);
    });
    document.addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) this.#composer.removeAttribute("data-dropping");
    });
    document.addEventListener("drop", (event) => {
      this.#composer.removeAttribute("data-dropping");
      if (!event.dataTransfer?.files.length) return;
      event.preventDefault();
      this.#addFiles(event.dataTransfer.files);
    });
  }

  #listenForAddresses() {
    const row = find(this.#composer, ".address-field", HTMLElement);
    const field = find(row, "input", HTMLInputElement);
    const toggle = find(this.#composer, ".by-address", HTMLButtonElement);
    toggle.onclick = () => {
      row.hidden = !row.hidden;
      toggle.ariaExpanded = String(!row.hidden);
      if (!row.hidden) field.focus();
    };
    find(row, "button", HTMLButtonElement).onclick = () => this.#addAddress(field);
    field.onkeydown = (event) => {
      if (event.key === "Enter") {
        event.preventDefault();
        this.#addAddress(field);
      } else if (event.key === "Escape") {
        toggle.click();
        toggle.focus();
      }
    };
  }

  /** @param {HTMLInputElement} field */
  #addAddress(field) {
    const address = field.value.trim();
    if (!URL.canParse(address) || new URL(address).protocol !== "https:") {
      this.#onError("A picture's address starts with https://.");
    } else if (this.#hasRoom()) {
      field.value = "";
      this.#onError("");
      find(this.#composer, ".by-address", HTMLButtonElement).click();
      this.#show({ type: "input_image", detail: "auto", image_url: address });
      this.#onChange();
      find(this.#composer, "textarea", HTMLTextAreaElement).focus();
    }
  }

  /** @param {FileList | null} files */
  #addFiles(files) {
    this.#onError("");
    for (const file of files ?? []) {
      const largest = Number(this.#composer.dataset.maxImageBytes);
      if (!file.type.startsWith("image/")) this.#onError(`“${file.name}” is not a picture.`);
      else if (file.size > largest) this.#onError(`“${file.name}” is larger than ${megabytes(largest)}.`);
      else if (this.#hasRoom()) this.#upload(file);
      else return;
    }
  }

  #hasRoom() {
    const most = Number(this.#composer.dataset.maxImages);
    const hasRoom = this.#pictures.length < most;
    if (!hasRoom) this.#onError(`A question can have up to ${most} images.`);
    return hasRoom;
  }

  /** @param {File} file */
  async #upload(file) {
    const picture = this.#show(null, file.name);
    const image = find(picture.entry, "img", HTMLImageElement);
    const preview = URL.createObjectURL(file);
    image.src = preview;
    const progress = find(picture.entry, "progress", HTMLProgressElement);
    try {
      const onProgress = (/** @type {number} */ share) => {
        progress.value = share;
      };
      const id = await upload(file, onProgress, picture.abort.signal);
      picture.part = { type: "input_image", detail: "auto", file_id: id };
      progress.remove();
      this.#onChange();
    } catch (error) {
      this.#remove(picture);
      if (error instanceof Error && error.name !== "AbortError") this.#onError(error.message);
    }
  }

  /**
   * @param {Part | null} part null while it is uploaded
   * @param {string} [name]
   * @returns {Picture}
   */
  #show(part, name = part ? nameOf(part) : "") {
    const entry = attachmentEntry(part, name, () => {
      this.#remove(picture);
      if (picture.part?.file_id) discard(picture.part.file_id);
    });
    const picture = { entry, part, abort: new AbortController() };
    find(this.#composer, ".attachments", HTMLElement).append(entry);
    this.#pictures.push(picture);
    return picture;
  }

  /** @param {Picture} picture */
  #remove(picture) {
    picture.abort.abort();
    picture.entry.remove();
    this.#pictures = this.#pictures.filter((other) => other !== picture);
    this.#onChange();
  }
}

/** @param {number} bytes */
function megabytes(bytes) {
  return `${(bytes / 1_000_000).toLocaleString("en", { maximumFractionDigits: 1 })} MB`;
}
