import { find } from "chat/lib/dom";
import { read, write } from "chat/lib/storage";
import { toast } from "chat/lib/toast";
import { gettext } from "chat/lib/translations";
import { WAITING } from "chat/live/protocol";
import { Sentences } from "chat/markdown/sentences";
import { TemporaryMode } from "chat/page/temporary-mode";

/**
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 */

/** How long an answer runs before notifications are offered. */
const OFFER_AFTER_MS = 10_000;
/** How long an answer must have run for a notification of its end. */
const MIN_DURATION_MS = 15_000;
/** How much of an answer a notification shows. */
const MAX_CHARACTERS = 140;
const DECLINED_KEY = "notifications-declined";

/**
 * A notification when a long answer ends while its tab is hidden, and the offer of one while an answer takes long. The
 * browser asks for permission only after the person has accepted the offer.
 */
class AnswerNotice extends HTMLElement {
  #running = "";
  #since = 0;
  #timer = 0;
  /** @type {Notification | undefined} */ #notification;

  connectedCallback() {
    find(this, ".accept", HTMLButtonElement).onclick = () => this.#close(ask);
    find(this, ".decline", HTMLButtonElement).onclick = () =>
      this.#close(() => write(DECLINED_KEY, true, "localStorage"));
    document.addEventListener("advance", (event) => {
      const { detail, target } = /** @type {CustomEvent<ResponseEvent>} */ (event);
      const response = /** @type {ChatResponse} */ (target);
      if (!response.isRunning) this.#onEnd(detail, response);
      else if (response.responseId !== this.#running) this.#onStart(response.responseId);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.#notification?.close());
    document.addEventListener("leave", () => this.#forget());
  }

  /** Forget the answer that was running, because the page shows another conversation now. */
  #forget() {
    this.#running = "";
    this.hidden = true;
    clearTimeout(this.#timer);
  }

  /** @param {string} id */
  #onStart(id) {
    this.#running = id;
    this.#since = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.hidden = !canOffer();
    }, OFFER_AFTER_MS);
  }

  /**
   * @param {ResponseEvent} event
   * @param {ChatResponse} response
   */
  #onEnd({ type, response: { conversation } = /** @type {any} */ ({}) }, response) {
    if (response.responseId !== this.#running) return;
    this.#forget();
    const isLong = performance.now() - this.#since >= MIN_DURATION_MS;
    if (!document.hidden || permission() !== "granted") return;
    const title = conversation?.title ?? "";
    // Without the person, one that waits never goes on.
    if (type === WAITING) this.#notify(response.responseId, title, gettext("The answer waits for you."));
    else if (isLong && type !== "response.cancelled") this.#notifyOfEnd(type, response, title);
  }

  /**
   * @param {string} type
   * @param {ChatResponse} response
   * @param {string} title
   */
  #notifyOfEnd(type, response, title) {
    const hasFailed = type === "response.failed";
    const news = hasFailed ? gettext("The answer failed.") : gettext("The answer is complete.");
    this.#notify(response.responseId, title, news, hasFailed ? "" : response.answer);
  }

  /**
   * @param {string} id with which the browser recognizes the same notification from another tab
   * @param {string} title
   * @param {string} news
   * @param {string} [answer]
   */
  #notify(id, title, news, answer = "") {
    const isTemporary = find(document, "temporary-mode", TemporaryMode).isOn;
    try {
      this.#notification = isTemporary
        ? new Notification(news, { tag: id })
        : new Notification(title || news, { body: beginning(answer) || news, tag: id });
    } catch {
      // On phones, only service workers can show notifications.
      return;
    }
    this.#notification.onclick = ({ target }) => {
      window.focus();
      /** @type {Notification} */ (target).close();
    };
  }

  /** @param {() => void} act */
  #close(act) {
    this.hidden = true;
    act();
  }
}

/** Ask for the browser's permission, and say what came of it. */
async function ask() {
  const isGranted = (await Notification.requestPermission()) === "granted";
  toast().show(
    isGranted
      ? gettext("You'll be notified when the answer is complete.")
      : gettext("Your browser doesn't allow notifications from this site. You can change that in its settings."),
  );
}

function permission() {
  return "Notification" in window && isSecureContext ? Notification.permission : "denied";
}

/** Return whether to offer notifications: not on phones and tablets, which suspend hidden pages. */
function canOffer() {
  return permission() === "default" && matchMedia("(any-pointer: fine)").matches && !read(DECLINED_KEY, "localStorage");
}

/**
 * Return the beginning of an answer as plain text.
 *
 * @param {string} answer
 */
function beginning(answer) {
  const sentences = new Sentences();
  sentences.write(answer.slice(0, 10 * MAX_CHARACTERS));
  const words = sentences.end().join(" ");
  return words.length > MAX_CHARACTERS ? `${words.slice(0, MAX_CHARACTERS)}…` : words;
}

customElements.define("answer-notice", AnswerNotice);
