import { find } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { EFFORTS } from "chat/message/choice";

/**
 * @typedef {import("chat/message/choice").Choice} Choice
 * @typedef {import("chat/message/choice").Compared} Compared
 * @typedef {import("chat/message/choice").Offer} Offer
 * @typedef {import("chat/message/choice").Target} Target
 */

const MIN_COMPARED = 2;
const MAX_COMPARED = 4;

/**
 * Ask the person what to compare, and how hard each thinks.
 *
 * @param {HTMLDialogElement} dialog
 * @param {Offer} offer
 * @param {Choice} choice what is chosen so far
 * @returns {Promise<Compared[]>} none if the person doesn't want to compare
 */
export async function openComparison(dialog, { assistants, models }, { compared, target, effort }) {
  const before = compared.length ? compared : [{ target, effort }];
  const entries = [...assistants, ...models].map((each) => {
    const chosen = before.find((one) => one.target.id === each.id);
    return new Entry(each, chosen !== undefined, chosen?.effort ?? "");
  });
  const confirm = find(dialog, ".confirm", HTMLButtonElement);
  const checked = () => entries.filter(({ box }) => box.checked);
  const update = () => {
    const count = checked().length;
    confirm.disabled = count < MIN_COMPARED;
    for (const entry of entries) entry.update(count >= MAX_COMPARED);
  };
  const list = find(dialog, "ul", HTMLElement);
  list.replaceChildren(...entries.map(({ element }) => element));
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
  return dialog.returnValue === "compare" ? checked().map(({ chosen }) => chosen) : [];
}

/** A line of the dialog: a box to tick, and beside a ticked one the efforts that this model takes. */
class Entry {
  element = document.createElement("li");
  box = document.createElement("input");
  #effort = document.createElement("select");

  /**
   * @param {Target} target
   * @param {boolean} isChecked
   * @param {string} effort
   */
  constructor({ id, name, efforts = [] }, isChecked, effort) {
    Object.assign(this.box, { type: "checkbox", value: id, checked: isChecked });
    const label = document.createElement("label");
    label.append(this.box, name);
    this.element.append(label);
    if (!efforts.length) return;
    this.#effort.ariaLabel = interpolate(gettext("Effort of %(name)s"), { name });
    const standard = new Option(gettext("Standard"), "");
    this.#effort.append(standard, ...efforts.map((each) => new Option(EFFORTS[each] ?? each, each)));
    this.#effort.value = effort;
    this.element.append(this.#effort);
  }

  /** @returns {Compared} */
  get chosen() {
    const effort = this.#effort.value;
    return { target: this.box.value, ...(effort && { effort }) };
  }

  /** @param {boolean} isFull whether no further one can be ticked */
  update(isFull) {
    this.box.disabled = !this.box.checked && isFull;
    this.#effort.hidden = !this.box.checked;
  }
}
