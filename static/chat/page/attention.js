import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { isEnd } from "chat/live/protocol";
import { Sentences } from "chat/markdown/sentences";
import { TemporaryMode } from "chat/page/temporary-mode";

/**
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 * @typedef {import("chat/answer/response").ChatResponse} ChatResponse
 */

/** How long an answer runs before a notification of its end is offered, and before one is worth it; milliseconds. */
const OFFERED_AFTER = 10_000;
const LONG = 15_000;
/** How much of an answer a notification shows, in characters. */
const SHOWN = 140;
const DECLINED = "notifications-declined";

/**
 * Tells of the end of a long answer to who does not look at the tab. The browser asks whether that is welcome only when
 * somebody takes the offer, which stands here while an answer takes long.
 */
class AnswerNotice extends HTMLElement {
  #running = "";
  #since = 0;
  #timer = 0;
  /** @type {Notification | undefined} */ #notification;

  connectedCallback() {
    find(this, ".accept", HTMLButtonElement).onclick = () => this.#close(() => Notification.requestPermission());
    find(this, ".decline", HTMLButtonElement).onclick = () => this.#close(() => localStorage.setItem(DECLINED, "yes"));
    document.addEventListener("advance", (event) => {
      const { detail, target } = /** @type {CustomEvent<ResponseEvent>} */ (event);
      if (isEnd(detail.type)) this.#ended(detail, /** @type {ChatResponse} */ (target));
      else if (detail.response_id !== this.#running) this.#began(detail.response_id);
    });
    document.addEventListener("visibilitychange", () => document.hidden || this.#notification?.close());
  }

  /** @param {string} id */
  #began(id) {
    this.#running = id;
    this.#since = performance.now();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.hidden = !canOffer();
    }, OFFERED_AFTER);
  }

  /**
   * @param {ResponseEvent} event
   * @param {ChatResponse} response
   */
  #ended({ type, response_id, response: { conversation } = /** @type {any} */ ({}) }, response) {
    if (response_id !== this.#running) return;
    this.#running = "";
    this.hidden = true;
    clearTimeout(this.#timer);
    const isLong = performance.now() - this.#since >= LONG;
    if (isLong && document.hidden && type !== "response.cancelled" && permission() === "granted") {
      this.#notify(response_id, conversation?.title ?? "", type === "response.failed" ? "" : response.answer);
    }
  }

  /**
   * @param {string} id by which the browser knows the same notification of another tab
   * @param {string} title
   * @param {string} answer empty where it failed
   */
  #notify(id, title, answer) {
    const news = answer ? gettext("The answer is complete.") : gettext("The answer failed.");
    const isSecret = find(document, "temporary-mode", TemporaryMode).isOn;
    try {
      this.#notification = isSecret
        ? new Notification(news, { tag: id })
        : new Notification(title || news, { body: beginning(answer) || news, tag: id });
    } catch {
      // Phones have notifications for service workers alone.
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

function permission() {
  return "Notification" in window && isSecureContext ? Notification.permission : "denied";
}

/** Phones and tablets put a hidden page to sleep, so it could not keep the promise. */
function canOffer() {
  return permission() === "default" && matchMedia("(any-pointer: fine)").matches && !localStorage.getItem(DECLINED);
}

/** @param {string} answer */
function beginning(answer) {
  const sentences = new Sentences();
  sentences.write(answer.slice(0, 10 * SHOWN));
  const words = sentences.end().join(" ");
  return words.length > SHOWN ? `${words.slice(0, SHOWN)}…` : words;
}

customElements.define("answer-notice", AnswerNotice);
