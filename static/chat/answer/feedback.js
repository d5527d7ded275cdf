import { find, fromTemplate } from "chat/lib/dom";
import { request } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/**
 * A thumb up or down for an answer, and a word on why. What is given stands in data-rating and data-comment.
 *
 * Events: `note`, whose detail is a sentence for the person; it bubbles.
 */
class AnswerFeedback extends HTMLElement {
  #isSaving = false;

  connectedCallback() {
    for (const rating of ["up", "down"]) this.#button(rating).onclick = () => this.#rate(rating);
    this.#button("say-why").onclick = () => (this.#form ? this.#closeForm() : this.#openForm());
  }

  /**
   * Gives a thumb; one that is given already is taken back.
   *
   * @param {string} rating
   */
  async #rate(rating) {
    const given = rating === this.dataset.rating ? "" : rating;
    this.#closeForm();
    if (!(await this.#save(given, "")) || !given) return;
    this.#tell(gettext("Thank you."));
    this.#openForm();
  }

  /**
   * Resolves to whether it is stored; else it is shown as before, with the reason.
   *
   * @param {string} rating empty to take it back
   * @param {string} comment
   */
  async #save(rating, comment) {
    if (this.#isSaving) return false;
    const before = { ...this.dataset };
    this.#isSaving = true;
    this.#show(rating, comment);
    try {
      if (rating) await request("PUT", this.#address, { rating, comment });
      else await request("DELETE", this.#address);
      return true;
    } catch (error) {
      this.#show(before.rating ?? "", before.comment ?? "");
      this.#tell(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      this.#isSaving = false;
    }
  }

  /**
   * @param {string} rating
   * @param {string} comment
   */
  #show(rating, comment) {
    Object.assign(this.dataset, { rating, comment });
    for (const each of ["up", "down"]) this.#button(each).ariaPressed = String(each === rating);
  }

  #openForm() {
    const { rating, comment = "" } = this.dataset;
    const form = fromTemplate("#feedback-form-template", HTMLFormElement);
    const field = find(form, "textarea", HTMLTextAreaElement);
    for (const words of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll(".asked-for"))) {
      words.hidden = words.dataset.for !== rating;
    }
    field.value = comment;
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#saveComment(field.value.trim());
    };
    form.onkeydown = ({ key }) => key === "Escape" && this.#closeForm();
    find(form, ".dismiss", HTMLButtonElement).onclick = () => this.#closeForm();
    this.append(form);
    form.scrollIntoView({ block: "nearest" });
    // Elsewhere a keyboard would slide over the page that nobody asked for.
    if (matchMedia("(hover: hover)").matches) field.focus();
  }

  /** @param {string} comment */
  async #saveComment(comment) {
    if (!(await this.#save(this.dataset.rating ?? "", comment))) return;
    this.#closeForm();
    this.#tell(gettext("Thank you."));
  }

  #closeForm() {
    if (!this.#form) return;
    const hadFocus = this.#form.contains(document.activeElement);
    this.#form.remove();
    if (hadFocus) this.#button(this.dataset.rating || "up").focus();
  }

  /** @param {string} sentence */
  #tell(sentence) {
    this.dispatchEvent(new CustomEvent("note", { detail: sentence, bubbles: true }));
  }

  get #address() {
    const response = /** @type {HTMLElement} */ (this.closest("chat-response"));
    return `/responses/${response.dataset.id}/feedback/`;
  }

  get #form() {
    return this.querySelector("form");
  }

  /** @param {string} name */
  #button(name) {
    return find(this, `.${name}`, HTMLButtonElement);
  }
}

customElements.define("answer-feedback", AnswerFeedback);
