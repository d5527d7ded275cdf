import { ERROR, FOREIGN_ORIGIN, UNAUTHENTICATED } from "chat/live/protocol";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 15_000;
/** A socket that lasts as long has served. */
const STEADY = 2000;
/** So long may the server be silent after a command; a network that went away does not say so. */
const PATIENCE = 20_000;
/** After so many failures in a row the page says that something is wrong: sooner where it never worked. */
const TOLERATED = { atFirst: 3, later: 10 };

/**
 * The tab's one WebSocket, which comes back by itself.
 *
 * Events: `open`; `reopen` beside it for each time but the first; `message`, whose detail is the server's event; `state`, whose detail is one of
 * `open`, `waiting`, `unreachable` and `ended`.
 */
export class ChatSocket extends EventTarget {
  /** @type {WebSocket | undefined} */ #socket;
  #failures = 0;
  #timer = 0;
  #silence = 0;
  #hasOpened = false;
  /** When the present one opened. */ #opening = Infinity;
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
    const address = new URL("/socket/", location.href);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address);
    this.#socket = socket;
    socket.onopen = () => this.#opened();
    socket.onmessage = ({ data }) => this.#received(JSON.parse(data));
    socket.onclose = () => this.#closed(socket);
  }

  /**
   * Send a command if the socket is open; whoever needs it sent later listens for `open`. Return whether it is.
   *
   * @param {object} command
   */
  send(command) {
    if (!this.isOpen) return false;
    this.#socket?.send(JSON.stringify(command));
    this.#silence ||= setTimeout(() => this.#abandon(), PATIENCE);
    return true;
  }

  #opened() {
    const isAgain = this.#hasOpened;
    this.#opening = performance.now();
    this.#hasOpened = true;
    this.#tell("state", "open");
    this.#tell("open");
    if (isAgain) this.#tell("reopen");
  }

  /** @param {{type: string, code?: string}} event */
  #received(event) {
    this.#hear();
    if (event.type === ERROR && (event.code === UNAUTHENTICATED || event.code === FOREIGN_ORIGIN)) {
      this.#hasEnded = true;
      this.#tell("state", "ended");
    }
    this.#tell("message", event);
  }

  #hear() {
    clearTimeout(this.#silence);
    this.#silence = 0;
  }

  /** Ends the socket without waiting for the other side, which may be out of reach. */
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
    this.#hear();
    // One that is let in and closed at once, because a person has too many, is no better than one that is not let in.
    this.#failures = performance.now() - this.#opening > STEADY ? 1 : this.#failures + 1;
    this.#opening = Infinity;
    const tolerated = this.#hasOpened ? TOLERATED.later : TOLERATED.atFirst;
    this.#tell("state", this.#failures > tolerated ? "unreachable" : "waiting");
    const longest = Math.min(FIRST_WAIT * 2 ** (this.#failures - 1), LONGEST_WAIT);
    // Not all tabs at once when the server is back.
    this.#timer = setTimeout(() => this.connect(), longest * (0.5 + Math.random() / 2));
  }

  #connectNow() {
    if (this.#hasEnded || this.#socket?.readyState !== WebSocket.CLOSED) return;
    clearTimeout(this.#timer);
    this.connect();
  }

  /**
   * @param {string} name
   * @param {unknown} [detail]
   */
  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}
