import { find } from "chat/lib/dom";

/** Shows a picture of a question in full, over the page. */
class PictureViewer extends HTMLElement {
  connectedCallback() {
    const dialog = find(this, "dialog", HTMLDialogElement);
    const image = find(this, "img", HTMLImageElement);
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a.picture");
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

customElements.define("picture-viewer", PictureViewer);
