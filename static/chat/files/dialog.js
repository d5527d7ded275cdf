import "chat/files/viewer";

import { find } from "chat/lib/dom";
import { fetchDocument } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/**
 * Show the file at the address of its page in a dialog.
 *
 * @param {string} url
 * @param {string} name
 */
export async function openFile(url, name) {
  const dialog = document.createElement("dialog");
  dialog.className = "file-dialog";
  dialog.ariaLabel = name || gettext("File");
  const aborter = new AbortController();
  const state = document.createElement("p");
  state.setAttribute("role", "status");
  const opening = document.createElement("div");
  opening.className = "opening";
  opening.append(state, closeButton(dialog));
  dialog.append(opening);
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    aborter.abort();
    dialog.remove();
  });
  document.body.append(dialog);
  dialog.showModal();
  state.textContent = gettext("Loading…");
  const { status, page } = await fetchDocument(url, aborter.signal);
  if (!dialog.open) return;
  const fetched = page?.querySelector("file-viewer");
  if (!page || !fetched) {
    state.textContent = status
      ? gettext("This file was deleted, or you don't have access to it.")
      : gettext("The connection was lost. Try again.");
    return;
  }
  await addSheets(page);
  if (!dialog.open) return;
  // The browser has parsed the page itself: no text becomes HTML here.
  const viewer = document.importNode(fetched, true);
  const close = find(viewer, ".close", HTMLButtonElement);
  close.hidden = false;
  viewer.addEventListener("close", () => dialog.close());
  dialog.replaceChildren(viewer);
  close.focus();
}

/** @param {HTMLDialogElement} dialog */
function closeButton(dialog) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "button", textContent: gettext("Close") });
  button.onclick = () => dialog.close();
  return button;
}

/**
 * Add the style sheets that this page lacks.
 *
 * @param {Document} page
 */
async function addSheets(page) {
  const links = [...page.querySelectorAll("link[data-later]")];
  const lacking = links.filter((link) => !document.querySelector(`link[href="${link.getAttribute("href")}"]`));
  await Promise.all(
    lacking.map(
      (link) =>
        new Promise((resolve) => {
          const copy = document.importNode(link, true);
          copy.addEventListener("load", resolve);
          copy.addEventListener("error", resolve);
          document.head.append(copy);
        }),
    ),
  );
}
