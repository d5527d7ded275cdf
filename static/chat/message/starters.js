import { find } from "chat/lib/dom";

/**
 * The questions with which an assistant suggests to begin.
 *
 * Event: `begin`, whose detail is the question that was chosen.
 */
export class StarterQuestions extends HTMLElement {
  /** Show the questions of what answers. @param {string[]} questions */
  show(questions) {
    this.hidden = !questions.length;
    const entries = questions.map((question) => {
      const entry = document.createElement("li");
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "button", textContent: question, dir: "auto" });
      button.onclick = () => this.dispatchEvent(new CustomEvent("begin", { detail: question }));
      entry.append(button);
      return entry;
    });
    find(this, "ul", HTMLElement).replaceChildren(...entries);
  }
}

customElements.define("starter-questions", StarterQuestions);
