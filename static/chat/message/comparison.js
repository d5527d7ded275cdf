import { find } from "chat/lib/dom";

/**
 * @typedef {import("chat/message/choice").Choice} Choice
 * @typedef {import("chat/message/choice").Offer} Offer
 */

const MIN_COMPARED = 2;
const MAX_COMPARED = 4;

/**
 * Ask the person what to compare.
 *
 * @param {HTMLDialogElement} dialog
 * @param {Offer} offer
 * @param {Choice} choice what is chosen so far
 * @returns {Promise<string[]>} ids; none if the person doesn't want to compare
 */
export async function openComparison(dialog, { assistants, models }, { compared, target }) {
  const before = compared.length ? compared : [target];
  const boxes = [...assistants, ...models].map((each) => {
    const box = document.createElement("input");
    Object.assign(box, { type: "checkbox", value: each.id, checked: before.some(({ id }) => id === each.id) });
    box.dataset.name = each.name;
    return box;
  });
  const entries = boxes.map((box) => {
    const [entry, label] = [document.createElement("li"), document.createElement("label")];
    label.append(box, box.dataset.name ?? "");
    entry.append(label);
    return entry;
  });
  const list = find(dialog, "ul", HTMLElement);
  const confirm = find(dialog, ".confirm", HTMLButtonElement);
  const checked = () => boxes.filter((box) => box.checked);
  const update = () => {
    const count = checked().length;
    confirm.disabled = count < MIN_COMPARED;
    for (const box of boxes) box.disabled = !box.checked && count >= MAX_COMPARED;
  };
  list.replaceChildren(...entries);
  list.onchange = update;
  update();
  dialog.onkeydown = (event) => {
    // The dialog stands in the form of the message, which it would send.
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    confirm.click();
  };
  confirm.onclick = () => dialog.close("compare");
  find(dialog, ".cancel", HTMLButtonElement).onclick = () => dialog.close();
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  return dialog.returnValue === "compare" ? checked().map(({ value }) => value) : [];
}
