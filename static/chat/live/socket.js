import { ERROR, FOREIGN_ORIGIN, UNAUTHENTICATED } from "chat/live/protocol";

const MIN_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 15_000;
/** A socket that stays open this long counts as a success. */
const STABLE_AFTER_MS = 2000;
/** How long the server may be silent after a command. A lost network connection does not report itself. */
const SILENCE_TIMEOUT_MS = 20_000;
/** How many failures in a row are hidden from the reader: fewer before the first success. */
const MAX_SILENT_FAILURES = { beforeFirstOpen: 3, later: 10 };

/**
 * The tab's one WebSocket, which reconnects by itself.
 *
 * Events: `open`; `reopen`, after each `open` but the first; `message`, whose detail is the server's event; `state`, whose
 * detail is one of `open`, `waiting`, `unreachable` and `ended`.
 */
export class ChatSocket extends EventTarget {
  /** @type {WebSocket | undefined} */ #socket;
  #failures = 0;
  #reconnectTimer = 0;
  #silenceTimer = 0;
  #hasOpened = false;
  /** When the current socket opened. */ #openedAt = Infinity;
  #hasEnded = false;

  constructor() {
    super();
    addEventListener("online", () => this.#connectNow());
    addEventListener("offline", () => this.isOpen && this.#abandon());
    addEventListener("pageshow", () => this.#connectNow());
    document.addEventListener("visibilitychange", () => document.hidden || this.#connectNow());
  }

  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  connect() {
    const url = new URL("/socket/", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(JSON.parse(data));
    socket.onclose = () => this.#closed(socket);
  }

  /**
   * Send a command if the socket is open, and return whether it is. To send one later, listen for `open`.
   *
   * @param {object} command
   */
  send(command) {
    if (!this.isOpen) return false;
    this.#socket?.send(JSON.stringify(command));
    this.#silenceTimer ||= setTimeout(() => this.#abandon(), SILENCE_TIMEOUT_MS);
    return true;
  }

  #opened() {
    const isAgain = this.#hasOpened;
    this.#openedAt = performance.now();
    this.#hasOpened = true;
    this.#emit("state", "open");
    this.#emit("open");
    if (isAgain) this.#emit("reopen");
  }

  /** @param {{type: string, code?: string}} event */
  #received(event) {
    this.#endSilence();
    if (event.type === ERROR && (event.code === UNAUTHENTICATED || event.code === FOREIGN_ORIGIN)) {
      this.#hasEnded = true;
      this.#emit("state", "ended");
    }
    this.#emit("message", event);
  }

  #endSilence() {
    clearTimeout(this.#silenceTimer);
    this.#silenceTimer = 0;
  }

  /** Close the socket without waiting for the other side, which may be unreachable. */
  #abandon() {
    const socket = this.#socket;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
    this.#closed(socket);
  }

  /** @param {WebSocket} socket */
  #closed(socket) {
    if (this.#hasEnded || socket !== this.#socket) return;
    this.#endSilence();
    // A socket that is closed as soon as it opens, because the person has too many, counts as one that didn't open.
    this.#failures = performance.now() - this.#openedAt > STABLE_AFTER_MS ? 1 : this.#failures + 1;
    this.#openedAt = Infinity;
    const { beforeFirstOpen, later } = MAX_SILENT_FAILURES;
    this.#emit("state", this.#failures > (this.#hasOpened ? later : beforeFirstOpen) ? "unreachable" : "waiting");
    const backoff = Math.min(MIN_BACKOFF_MS * 2 ** (this.#failures - 1), MAX_BACKOFF_MS);
    // Add jitter, so that not all tabs reconnect at once when the server is back.
    this.#reconnectTimer = setTimeout(() => this.connect(), backoff * (0.5 + Math.random() / 2));
  }

  #connectNow() {
    if (this.#hasEnded || this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#reconnectTimer);
    this.connect();
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #emit(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
