import { find, fromTemplate } from "chat/lib/dom";
import { isOfInputMethod } from "chat/lib/field";
import { request } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/**
 * Thumbs up and down for an answer, with a form for a comment. The feedback is kept in data-rating and data-comment.
 *
 * Event: `note`, whose detail is a sentence to show. It bubbles.
 */
class AnswerFeedback extends HTMLElement {
  #isSaving = false;

  connectedCallback() {
    for (const rating of ["up", "down"]) this.#button(rating).onclick = () => this.#rate(rating);
    this.#button("say-why").onclick = () => (this.#form ? this.#closeForm() : this.#openForm());
  }

  /**
   * Give a rating, or take it back if it was given already.
   *
   * @param {string} rating
   */
  async #rate(rating) {
    const given = rating === this.dataset.rating ? "" : rating;
    this.#closeForm();
    if (!(await this.#save(given, "")) || !given) return;
    this.#notify(gettext("Thank you."));
    this.#openForm();
  }

  /**
   * Save the feedback. If that fails, show the previous feedback again, and say why.
   *
   * @param {string} rating empty to delete the feedback
   * @param {string} comment
   * @returns {Promise<boolean>} whether it was saved
   */
  async #save(rating, comment) {
    if (this.#isSaving) return false;
    const before = { ...this.dataset };
    this.#isSaving = true;
    this.#show(rating, comment);
    try {
      if (rating) await request("PUT", this.#url, { rating, comment });
      else await request("DELETE", this.#url);
      return true;
    } catch (error) {
      this.#show(before.rating ?? "", before.comment ?? "");
      this.#notify(error instanceof Error ? error.message : String(error));
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
    for (const prompt of /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll(".prompt"))) {
      prompt.hidden = prompt.dataset.for !== rating;
    }
    field.value = comment;
    form.onsubmit = (event) => {
      event.preventDefault();
      this.#saveComment(field.value.trim());
    };
    // A handler that returned false would cancel every other key.
    form.onkeydown = (event) => {
      if (event.key === "Escape" && !isOfInputMethod(event)) this.#closeForm();
    };
    find(form, ".dismiss", HTMLButtonElement).onclick = () => this.#closeForm();
    this.append(form);
    form.scrollIntoView({ block: "nearest" });
    // On touch screens, focus would open the on-screen keyboard over the page.
    if (matchMedia("(hover: hover)").matches) field.focus();
  }

  /** @param {string} comment */
  async #saveComment(comment) {
    if (!(await this.#save(this.dataset.rating ?? "", comment))) return;
    this.#closeForm();
    this.#notify(gettext("Thank you."));
  }

  #closeForm() {
    if (!this.#form) return;
    const hadFocus = this.#form.contains(document.activeElement);
    this.#form.remove();
    if (hadFocus) this.#button(this.dataset.rating || "up").focus();
  }

  /** @param {string} sentence */
  #notify(sentence) {
    this.dispatchEvent(new CustomEvent("note", { detail: sentence, bubbles: true }));
  }

  get #url() {
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
