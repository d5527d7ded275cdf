/**
 * The words on the wire (docs/protocol.md), each written once.
 *
 * @typedef {{type: string, text?: string, refusal?: string, file_id?: string, image_url?: string, detail?: string}} Part
 * @typedef {{type: string, id?: string, role?: string, content?: Part[]}} Item
 * @typedef {{
 *   input_tokens?: number,
 *   input_tokens_details?: {cached_tokens?: number} | null,
 *   output_tokens?: number,
 *   output_tokens_details?: {reasoning_tokens?: number} | null,
 * }} Usage
 * @typedef {{
 *   id: string,
 *   created_at: number,
 *   completed_at?: number | null,
 *   status: string,
 *   model: string,
 *   conversation: {id: string, title?: string},
 *   previous_response_id: string | null,
 *   input?: Item[],
 *   output: Item[],
 *   usage?: Usage | null,
 *   error?: {code: string, message: string} | null,
 *   incomplete_details?: {reason: string} | null,
 *   left_out?: number,
 *   metadata?: {client_message_id?: string | null},
 * }} ResponseObject
 * @typedef {{
 *   type: string,
 *   response_id: string,
 *   sequence_number: number,
 *   response?: ResponseObject,
 *   output_index?: number,
 *   content_index?: number,
 *   delta?: string,
 * }} ResponseEvent
 * @typedef {{
 *   id: string,
 *   title: string,
 *   updated_at: string,
 *   pinned: boolean,
 *   archived: boolean,
 *   deleted: boolean,
 * }} Conversation
 * @typedef {{type: "conversation.updated", conversation: Conversation}} ConversationEvent
 * @typedef {{type: "error", code: string, message: string, client_message_id?: string | null}} ErrorEvent
 * @typedef {{
 *   type: "response.create",
 *   client_message_id: string,
 *   conversation: string | null,
 *   previous_response_id: string | null,
 *   input: Item[],
 *   temporary?: boolean,
 * }} CreateCommand
 * @typedef {{
 *   type: "conversation.follow",
 *   conversation: string,
 *   after: string | null,
 *   seen: Record<string, number>,
 * }} FollowCommand
 * @typedef {{type: "response.cancel", response_id: string}} CancelCommand
 */

export const CREATE = "response.create";
export const FOLLOW = "conversation.follow";
export const CANCEL = "response.cancel";

export const UPDATED = "conversation.updated";
export const FOLLOWING = "conversation.following";
export const ERROR = "error";
export const UNAUTHENTICATED = "unauthenticated";
export const FOREIGN_ORIGIN = "foreign_origin";

export const QUEUED = "response.queued";
export const TEXT_DELTA = "response.output_text.delta";
export const REFUSAL_DELTA = "response.refusal.delta";

const ENDS = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"]);
const RUNNING = new Set(["queued", "in_progress"]);

/** @param {string} type */
export const isEnd = (type) => ENDS.has(type);

/** @param {string | undefined} status */
export const isRunning = (status) => RUNNING.has(status ?? "");

/** @param {Item[]} input */
export const contentOf = (input) => input.flatMap((item) => item.content ?? []);

/**
 * The parts that a person reads, with their places in the output.
 *
 * @param {Item[]} output
 */
export function readableParts(output) {
  return output.flatMap((item, outputIndex) =>
    (item.type === "message" ? (item.content ?? []) : []).flatMap((part, contentIndex) => {
      const text = part.type === "output_text" ? part.text : part.type === "refusal" ? part.refusal : undefined;
      return text === undefined ? [] : [{ type: part.type, text, outputIndex, contentIndex }];
    }),
  );
}
