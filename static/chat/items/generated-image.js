import { find, fromTemplate } from "chat/lib/dom";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";
import { attachmentUrl } from "chat/message/attachment";

/** An image that a model makes: its place, then each unfinished image in place of the one before, then the image. */
export class GeneratedImage extends HTMLElement {
  #json = "";

  /** Show the image with this id, width and height; without an id, the place for it. An unfinished one has no buttons. */
  set json(/** @type {string} */ json) {
    if (json === this.#json) return;
    this.#json = json;
    const { id, width, height, isRunning } = JSON.parse(json);
    if (!this.firstElementChild) this.append(fromTemplate("#generated-image-template", HTMLElement));
    this.style.setProperty("--ratio", String(width / height));
    const link = find(this, ".image", HTMLAnchorElement);
    const tools = find(this, ".image-tools", HTMLElement);
    tools.hidden = !id || isRunning;
    if (!id) return;
    link.href = attachmentUrl(id);
    find(tools, ".download", HTMLAnchorElement).href = link.href;
    const edit = find(tools, ".edit", HTMLButtonElement);
    edit.hidden = !document.querySelector("chat-composer");
    edit.onclick = () => this.#edit(link.href);
    if ([...link.querySelectorAll("img")].at(-1)?.src !== link.href) this.#load(link, width, height, isRunning);
  }

  /**
   * Replace the image that is shown when the other one is there. An unfinished one may be gone already, because the next
   * one is on its way: then the one before stays, or the place for it.
   *
   * @param {HTMLAnchorElement} link
   * @param {number} width
   * @param {number} height
   * @param {boolean} isUnfinished
   */
  #load(link, width, height, isUnfinished) {
    const image = document.createElement("img");
    image.className = "loading";
    Object.assign(image, { src: link.href, width, height, alt: this.dataset.alt ?? "" });
    image.onload = () => {
      image.className = "";
      // It fades in above the one before.
      const before = [...link.querySelectorAll("img")].slice(0, -1).filter((each) => each !== image);
      // An animation that ends because its element left the page is rejected.
      Promise.allSettled(image.getAnimations().map(({ finished }) => finished)).then(() => {
        for (const each of before) each.remove();
      });
    };
    image.onerror = () => (isUnfinished || link.href !== image.src) && image.remove();
    link.append(image);
  }

  /** Put the image into the message that is being written. @param {string} url */
  async #edit(url) {
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`status ${response.status}`);
      const content = await response.blob();
      const file = new File([content], `${gettext("image")}.${content.type.split("/")[1]}`, { type: content.type });
      this.dispatchEvent(new CustomEvent("image-attach", { bubbles: true, detail: file }));
    } catch {
      toast().show(gettext("The image couldn't be loaded. Try again."));
    }
  }
}

customElements.define("generated-image", GeneratedImage);
