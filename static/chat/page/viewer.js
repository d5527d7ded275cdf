import { find } from "chat/lib/dom";

/** A dialog that shows an attached image in full size. */
class ImageViewer extends HTMLElement {
  connectedCallback() {
    const dialog = find(this, "dialog", HTMLDialogElement);
    const image = find(this, "img", HTMLImageElement);
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a.image[href]");
      if (!(link instanceof HTMLAnchorElement) || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      image.src = link.href;
      image.alt = find(link, "img", HTMLImageElement).alt;
      dialog.showModal();
    });
    dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
    dialog.addEventListener("close", () => image.removeAttribute("src"));
  }
}

customElements.define("image-viewer", ImageViewer);
