/** The chat page: joins the thread, the composer and the side list to the socket. */

import { ChatResponse } from "chat/answer/response";
import { showAddress } from "chat/lib/address";
import { find } from "chat/lib/dom";
import { ConversationList } from "chat/list/list";
import { EntryMenu } from "chat/list/menu";
import {
  CANCEL,
  CREATE,
  contentOf,
  ERROR,
  FOLLOWING,
  QUEUED,
  SERVER_ERROR,
  UNAUTHENTICATED,
  UPDATED,
} from "chat/live/protocol";
import { SecondTry } from "chat/live/second-try";
import { ChatSocket } from "chat/live/socket";
import { showStatus } from "chat/live/status";
import { ConversationTools } from "chat/page/conversation-tools";
import { ShareDialog } from "chat/page/share-dialog";
import { TemporaryMode } from "chat/page/temporary-mode";
import { nameTab } from "chat/page/unread";
import { ChatComposer } from "chat/question/composer";
import { readAsked, writeAsked } from "chat/question/draft";
import { QuestionEditor } from "chat/question/editor";
import { ChatThread } from "chat/thread/thread";
import "chat/page/attention";
import "chat/answer/narrator";
import "chat/list/search";
import "chat/page/keyboard-help";
import "chat/page/viewer";
import { gettext } from "chat/lib/translations";

/**
 * @typedef {import("chat/live/protocol").ConversationEvent} ConversationEvent
 * @typedef {import("chat/live/protocol").CreateCommand} CreateCommand
 * @typedef {import("chat/live/protocol").ErrorEvent} ErrorEvent
 * @typedef {import("chat/live/protocol").Part} Part
 * @typedef {import("chat/live/protocol").ResponseEvent} ResponseEvent
 */

const thread = find(document, "chat-thread", ChatThread);
const composer = find(document, "chat-composer", ChatComposer);
const list = find(document, "conversation-list", ConversationList);
const tools = find(document, "conversation-tools", ConversationTools);
const temporary = find(document, "temporary-mode", TemporaryMode);
const socket = new ChatSocket();

const askedKey = () => `${composer.dataset.user}/${thread.conversation ?? "new"}`;
/** The question that the server has not taken yet; asked again under the same id, it is not asked twice. */
let asked = readAsked(askedKey());
const secondTry = new SecondTry();
let isStopWanted = false;
/** Whether the end of the branch is being fetched for a question. */
let isOnTheWay = false;

composer.addEventListener("ask", (event) => askNext(contentIn(event)));
thread.addEventListener("behind", catchUp);
thread.addEventListener("ask", askBeside);
composer.addEventListener("edit-last", () => thread.editLast());
composer.addEventListener("stop", stop);
tools.addEventListener("share", () => thread.conversation && share(thread.conversation));
find(document, "entry-menu", EntryMenu).addEventListener("choose", chosen);
socket.addEventListener("open", catchUp);
socket.addEventListener("reopen", () => list.refresh());
socket.addEventListener("state", (event) => showStatus(/** @type {CustomEvent<string>} */ (event).detail));
socket.addEventListener("message", (event) => receive(/** @type {CustomEvent} */ (event).detail));
document.addEventListener("visibilitychange", () => document.hidden || catchUp());
// To a place on the same page, as the skip link leads, nothing is loaded.
addEventListener("popstate", () => location.hash || location.reload());

if (asked && thread.hasTaken(asked)) settleAsked();
if (asked?.temporary) temporary.choose(true);
if (asked) thread.showAsked(asked);
composer.busy = isBusy();
socket.connect();

/**
 * Asks at the end of the branch, which comes into the page first where the reader is far from it.
 *
 * @param {Part[]} content
 */
async function askNext(content) {
  composer.busy = isOnTheWay = true;
  try {
    await thread.showEnd();
    ask(content, thread.lastTaken);
  } catch (error) {
    composer.restore(content, error instanceof Error ? error.message : String(error));
  } finally {
    isOnTheWay = false;
    composer.busy = isBusy();
  }
}

/**
 * @param {Part[]} content
 * @param {string} previous the id of the response that it continues; empty for a first question
 */
function ask(content, previous) {
  asked = secondTry.named({
    type: CREATE,
    conversation: thread.conversation,
    previous_response_id: previous || null,
    input: [{ type: "message", role: "user", content }],
    ...(temporary.isOn && !thread.conversation && { temporary: true }),
  });
  writeAsked(askedKey(), asked);
  thread.showAsked(asked);
  composer.busy = true;
  socket.send(asked);
}

/**
 * Asks in the place of a response: the same once more, or the question as it was edited.
 *
 * @param {Event} event
 */
function askBeside(event) {
  const response = event.target instanceof Element && event.target.closest("chat-response");
  if (!(response instanceof ChatResponse)) return;
  if (asked) {
    composer.showError(gettext("The last question is still on its way. Try again in a moment."));
    return;
  }
  ask(contentIn(event), response.previous);
  // What had the focus is gone.
  if (event.target instanceof QuestionEditor) composer.focusField();
  else thread.log.focus();
}

/** @param {Event} event */
function contentIn(event) {
  return /** @type {CustomEvent<Part[]>} */ (event).detail;
}

function stop() {
  if (asked) isStopWanted = true;
  else if (thread.last) cancel(thread.last.responseId);
}

/** @param {string} id */
function cancel(id) {
  socket.send({ type: CANCEL, response_id: id });
}

/** After a pause as well: what slept may have lost its connection without notice, and finds out by asking. */
function catchUp() {
  if (thread.conversation) socket.send(thread.followCommand(thread.conversation));
  if (asked) socket.send(asked);
}

/** @param {ResponseEvent | ErrorEvent | ConversationEvent} event */
function receive(event) {
  if (event.type === ERROR) refused(/** @type {ErrorEvent} */ (event));
  else if (event.type === UPDATED) updated(/** @type {ConversationEvent} */ (event));
  else if (event.type !== FOLLOWING) advance(/** @type {ResponseEvent} */ (event));
  composer.busy = isBusy();
}

/** @param {ResponseEvent} event */
function advance(event) {
  const isOurs = asked !== null && event.response?.metadata?.client_message_id === asked.client_message_id;
  if (isOurs) settleAsked();
  if (secondTry.isSettledBy(event, composer.content)) composer.clear();
  thread.receive(event);
  if (event.type === QUEUED && event.response?.conversation.id === thread.conversation) {
    showConversation(event.response.conversation);
    if (!temporary.isOn) list.raise(event.response.conversation);
  }
  if (isOurs && isStopWanted) cancel(event.response_id);
  if (isOurs) isStopWanted = false;
}

/** @param {ErrorEvent} error */
function refused({ code, message, client_message_id }) {
  if (code === UNAUTHENTICATED) {
    askToSignIn();
  } else if (asked && client_message_id === asked.client_message_id) {
    const content = contentOf(asked.input);
    const beside = thread.takeBack(asked.client_message_id);
    if (beside) beside.edit(content, message);
    else composer.restore(content, message);
    secondTry.failed = code === SERVER_ERROR ? asked : null;
    settleAsked();
    isStopWanted = false;
  } else {
    composer.showError(message);
  }
}

/** A question that is on its way stays so, and is asked after signing in, which leads back to where the page is now. */
function askToSignIn() {
  const line = find(document, ".signed-out", HTMLElement);
  const next = location.pathname + location.search;
  find(line, "a", HTMLAnchorElement).search = String(new URLSearchParams({ next }));
  line.hidden = false;
}

/** @param {ConversationEvent} event */
function updated({ conversation }) {
  list.apply(conversation);
  if (conversation.id !== thread.conversation) return;
  if (conversation.deleted) location.assign("/");
  else nameTab(conversation.title);
}

/** The server has taken the question or refused it: either way it is no longer ours to send. */
function settleAsked() {
  writeAsked(askedKey(), null);
  asked = null;
}

/** @param {{id: string, title?: string}} conversation */
function showConversation({ id, title }) {
  showAddress(id, thread.lastTaken === thread.newest ? "" : thread.lastTaken);
  composer.conversation = id;
  tools.conversation = id;
  temporary.conversation = id;
  if (title) nameTab(title);
}

/** @param {Event} event */
function chosen(event) {
  const { choice, conversation } = /** @type {CustomEvent} */ (event).detail;
  if (choice === "share") share(conversation.id);
}

/** @param {string} conversation */
function share(conversation) {
  const last = conversation === thread.conversation ? thread.lastTaken : null;
  find(document, "share-dialog", ShareDialog).open(conversation, last);
}

function isBusy() {
  return isOnTheWay || asked !== null || (thread.last?.isRunning ?? false);
}
