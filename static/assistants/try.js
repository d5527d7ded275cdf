import { find } from "chat/lib/dom";
import { csrfToken } from "chat/lib/http";
import { gettext } from "chat/lib/translations";

/** How long the server may take, in milliseconds. */
const TIMEOUT_MS = 30_000;

/** The panel beside the form, in which what the form has is tried in a temporary chat. */
export class TryAssistant extends HTMLElement {
  /** The draft on the server, which the next try replaces. */ #draft = "";

  connectedCallback() {
    find(this, ".close", HTMLButtonElement).onclick = () => {
      this.hidden = true;
      this.#frame.replaceChildren();
      find(document, "button.try", HTMLButtonElement).focus();
    };
  }

  /**
   * Show a new chat with what the form has, or why that can't be.
   *
   * @param {FormData} content
   */
  async begin(content) {
    this.hidden = false;
    this.#say("");
    content.set("assistant", this.dataset.assistant ?? "");
    content.set("draft", this.#draft);
    try {
      this.#draft = await this.#send(content);
    } catch (error) {
      this.#say(/** @type {Error} */ (error).message);
      return;
    }
    const frame = document.createElement("iframe");
    frame.title = gettext("Try it");
    frame.src = `/drafts/${this.#draft}/?assistant=${this.#draft}`;
    this.#frame.replaceChildren(frame);
    this.scrollIntoView({ block: "nearest" });
    frame.focus();
  }

  /**
   * Keep the form as a draft, and return its id.
   *
   * @param {FormData} content
   */
  async #send(content) {
    let response;
    try {
      response = await fetch(this.dataset.url ?? "", {
        method: "POST",
        headers: { "X-CSRFToken": csrfToken() },
        body: content,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch {
      throw new Error(gettext("The connection was lost. Try again."));
    }
    if (response.redirected) throw new Error(gettext("You're signed out. Sign in again to continue."));
    const { draft, error } = await response.json().catch(() => ({}));
    if (!draft) throw new Error(error?.message ?? gettext("Something went wrong. Try again in a moment."));
    return draft;
  }

  /** @param {string} problem */
  #say(problem) {
    const error = find(this, ".error", HTMLElement);
    error.textContent = problem;
    error.hidden = !problem;
  }

  get #frame() {
    return find(this, ".frame", HTMLElement);
  }
}

customElements.define("try-assistant", TryAssistant);
