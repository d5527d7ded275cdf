/** The chat page: joins the thread, the composer and the side list to the socket. */

import { ChatComposer } from "chat/composer";
import { find } from "chat/dom";
import { readAsked, writeAsked } from "chat/draft";
import { ConversationList, conversationUrl } from "chat/list";
import { CANCEL, CREATE, ERROR, FOLLOWING, QUEUED, UNAUTHENTICATED } from "chat/protocol";
import { ChatSocket } from "chat/socket";
import { showStatus } from "chat/status";
import { ChatThread } from "chat/thread";
import { uuid } from "chat/uuid";
import "chat/viewer";

/**
 * @typedef {import("chat/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/protocol").Part} Part
 * @typedef {import("chat/protocol").ResponseEvent} ResponseEvent
 */

const thread = find(document, "chat-thread", ChatThread);
const composer = find(document, "chat-composer", ChatComposer);
const list = find(document, "conversation-list", ConversationList);
const socket = new ChatSocket();

const askedKey = () => `${composer.dataset.user}/${thread.conversation ?? "new"}`;
/** The question that the server has not taken yet; asked again under the same id, it is not asked twice. */
let asked = readAsked(askedKey());
let isStopWanted = false;

composer.addEventListener("ask", (event) => ask(/** @type {CustomEvent<Part[]>} */ (event).detail));
composer.addEventListener("stop", stop);
socket.addEventListener("open", catchUp);
socket.addEventListener("state", (event) => showStatus(/** @type {CustomEvent<string>} */ (event).detail));
socket.addEventListener("message", (event) => receive(/** @type {CustomEvent} */ (event).detail));
document.addEventListener("visibilitychange", () => document.hidden || catchUp());
addEventListener("popstate", () => location.reload());

if (asked) thread.showAsked(asked);
composer.busy = isBusy();
socket.connect();

/** @param {Part[]} content */
function ask(content) {
  asked = {
    type: CREATE,
    client_message_id: uuid(),
    conversation: thread.conversation,
    previous_response_id: thread.newestTaken?.responseId ?? null,
    input: [{ type: "message", role: "user", content }],
  };
  writeAsked(askedKey(), asked);
  thread.showAsked(asked);
  composer.busy = true;
  socket.send(asked);
}

function stop() {
  const newest = thread.newest;
  if (newest?.responseId) socket.send({ type: CANCEL, response_id: newest.responseId });
  else isStopWanted = true;
}

/** After a pause as well: what slept may have lost its connection without notice, and finds out by asking. */
function catchUp() {
  if (thread.conversation) socket.send(thread.followCommand(thread.conversation));
  if (asked) socket.send(asked);
}

/** @param {ResponseEvent | ErrorEvent} event */
function receive(event) {
  if (event.type === ERROR) refused(/** @type {ErrorEvent} */ (event));
  else if (event.type !== FOLLOWING) advance(/** @type {ResponseEvent} */ (event));
  composer.busy = isBusy();
}

/** @param {ResponseEvent} event */
function advance(event) {
  const isOurs = asked !== null && event.response?.metadata?.client_message_id === asked.client_message_id;
  if (isOurs) settleAsked();
  thread.receive(event);
  if (event.type === QUEUED && event.response?.conversation.id === thread.conversation) {
    showConversation(event.response.conversation);
    list.raise(event.response.conversation);
  }
  if (isOurs && isStopWanted) stop();
  if (isOurs) isStopWanted = false;
}

/** @param {ErrorEvent} error */
function refused({ code, message, client_message_id }) {
  if (code === UNAUTHENTICATED) {
    // A question that is on its way stays so, and is asked after signing in.
    find(document, ".signed-out", HTMLElement).hidden = false;
  } else if (asked && client_message_id === asked.client_message_id) {
    thread.takeBack(asked.client_message_id);
    composer.restore(asked.input[0].content ?? [], message);
    settleAsked();
  } else {
    composer.showError(message);
  }
}

/** The server has taken the question or refused it: either way it is no longer ours to send. */
function settleAsked() {
  writeAsked(askedKey(), null);
  asked = null;
}

/** @param {{id: string, title?: string}} conversation */
function showConversation({ id, title }) {
  const path = conversationUrl(id);
  if (location.pathname !== path) history.pushState(null, "", path);
  composer.conversation = id;
  if (title) document.title = `${title} · Chat`;
}

function isBusy() {
  return thread.newest?.isRunning ?? false;
}
