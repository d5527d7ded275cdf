import { isRunning } from "chat/live/protocol";

/** How long an answer has been running, counted until it has ended. */
export class ThinkingTime extends HTMLElement {
  #timer = 0;
  #since = 0;

  connectedCallback() {
    this.start();
  }

  /** Count, if the answer runs: one that waited for the person goes on. */
  start() {
    if (!this.#isRunning || this.#timer) return;
    // The page may have been loaded later, and the browser's clock may differ from the server's.
    this.#since ||= performance.now() - 1000 * Number(this.dataset.seconds);
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), 1000);
  }

  disconnectedCallback() {
    this.#stop();
  }

  #stop() {
    clearInterval(this.#timer);
    this.#timer = 0;
  }

  #tick() {
    if (!this.#isRunning) return this.#stop();
    const seconds = Math.floor((performance.now() - this.#since) / 1000);
    this.textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }

  get #isRunning() {
    const response = this.closest("chat-response");
    return response instanceof HTMLElement && isRunning(response.dataset.status);
  }
}

customElements.define("thinking-time", ThinkingTime);
