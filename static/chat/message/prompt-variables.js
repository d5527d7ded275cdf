import { find, fromTemplate } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";

/** The dialog that asks for the values of a prompt's variables. */
export class PromptVariables extends HTMLElement {
  connectedCallback() {
    const form = find(this, "form", HTMLFormElement);
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || isOfInputMethod(event)) return;
      if (!(event.target instanceof HTMLTextAreaElement)) return;
      event.preventDefault();
      form.requestSubmit(find(form, ".insert", HTMLButtonElement));
    });
    find(form, ".cancel", HTMLButtonElement).onclick = () => this.#dialog.close();
  }

  /**
   * Return a prompt's text. Ask for the values of its variables first, if it has any; return null if the person cancels.
   *
   * @param {string} name the prompt's
   * @param {string[]} pieces texts and names of variables in turn
   * @returns {Promise<string | null>}
   */
  async fill(name, pieces) {
    const names = [...new Set(pieces.filter((_, index) => index % 2))];
    if (!names.length) return pieces.join("");
    const values = await this.#ask(name, names);
    return values && pieces.map((piece, index) => (index % 2 ? values.get(piece) : piece)).join("");
  }

  /**
   * @param {string} title
   * @param {string[]} names
   * @returns {Promise<Map<string, string> | null>}
   */
  async #ask(title, names) {
    const dialog = this.#dialog;
    find(dialog, "h2", HTMLElement).textContent = title;
    const labels = names.map(drawLabel);
    find(dialog, ".variables", HTMLElement).replaceChildren(...labels);
    dialog.returnValue = "";
    dialog.showModal();
    find(dialog, "textarea", HTMLTextAreaElement).focus();
    await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
    if (dialog.returnValue !== "insert") return null;
    return new Map(names.map((name, index) => [name, find(labels[index], "textarea", HTMLTextAreaElement).value]));
  }

  get #dialog() {
    return find(this, "dialog", HTMLDialogElement);
  }
}

/** @param {string} name */
function drawLabel(name) {
  const label = fromTemplate("#prompt-variable-template", HTMLLabelElement);
  find(label, "span", HTMLElement).textContent = name.replaceAll("_", " ");
  return label;
}

customElements.define("prompt-variables", PromptVariables);
