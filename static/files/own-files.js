/** The page of one's own files: each can be deleted, and that undone, as can the deletion of a collection. */

import { attempt, listenForUndo } from "chat/lib/attempt";
import { find } from "chat/lib/dom";
import { deleteFile } from "./file-list.js";

class OwnFiles extends HTMLElement {
  connectedCallback() {
    listenForUndo();
    this.addEventListener("click", ({ target }) => {
      const entry = target instanceof Element && target.closest(".delete") ? target.closest("li") : null;
      if (entry) deleteFile(entry, entry.dataset.url ?? "", find(this, ".none", HTMLElement));
    });
  }
}

/** What is said of a collection that was deleted just now. */
class DeletedCollection extends HTMLElement {
  connectedCallback() {
    const button = find(this, "button", HTMLButtonElement);
    button.onclick = async () => {
      if (await attempt("POST", button.value)) location.assign(button.dataset.next ?? "");
    };
  }
}

customElements.define("own-files", OwnFiles);
customElements.define("deleted-collection", DeletedCollection);
