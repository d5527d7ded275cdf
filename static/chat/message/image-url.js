import { find } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";

/**
 * Set up the row in which an image is attached by its URL instead of being uploaded.
 *
 * @param {import("chat/message/form").MessageForm} form
 * @param {(url: string) => boolean} onAdd returns whether the URL was accepted
 */
export function listenForUrls(form, onAdd) {
  const row = find(form, ".url-field", HTMLElement);
  const field = find(row, "input", HTMLInputElement);
  const toggle = find(form, ".by-url", HTMLButtonElement);
  /** @param {boolean} isShown */
  const show = (isShown) => {
    row.hidden = !isShown;
    toggle.ariaExpanded = String(isShown);
  };
  const add = () => {
    if (!onAdd(field.value.trim())) return;
    field.value = "";
    show(false);
    form.field.focus();
  };
  toggle.onclick = () => {
    show(Boolean(row.hidden));
    if (!row.hidden) field.focus();
  };
  find(row, "button", HTMLButtonElement).onclick = add;
  field.onkeydown = (event) => {
    if (isOfInputMethod(event) || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Enter") return add();
    show(false);
    toggle.focus();
  };
}
