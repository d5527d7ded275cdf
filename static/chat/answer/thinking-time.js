import { isRunning } from "chat/live/protocol";

/** How long an answer has been running, counted until it has ended. */
class ThinkingTime extends HTMLElement {
  #timer = 0;
  #since = 0;

  connectedCallback() {
    if (!this.#isRunning) return;
    // The page may have been loaded later, and the browser's clock may differ from the server's.
    this.#since ||= performance.now() - 1000 * Number(this.dataset.seconds);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    clearInterval(this.#timer);
  }

  #tick() {
    if (!this.#isRunning) return clearInterval(this.#timer);
    const seconds = Math.floor((performance.now() - this.#since) / 1000);
    this.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  get #isRunning() {
    const response = this.closest("chat-response");
    return response instanceof HTMLElement && isRunning(response.dataset.status);
  }
}

customElements.define("thinking-time", ThinkingTime);
