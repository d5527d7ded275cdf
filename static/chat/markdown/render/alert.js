import { nameOfAlert } from "chat/markdown/alerts";

/**
 * Create the box of an alert. Its content follows its name.
 *
 * @param {string} kind `note`, `tip`, `important`, `warning` or `caution`
 */
export function createAlert(kind) {
  const element = document.createElement("div");
  element.className = "alert";
  element.dataset.kind = kind;
  element.setAttribute("role", "note");
  const name = document.createElement("p");
  name.className = "alert-name";
  // The content alone decides on the direction of the box.
  name.dir = "auto";
  name.textContent = nameOfAlert(kind);
  const holder = document.createElement("div");
  element.append(name, holder);
  return { element, holder };
}
