/**
 * The names that the protocol uses (docs/protocol.md), each written once.
 *
 * @typedef {{
 *   type: string,
 *   text?: string,
 *   refusal?: string,
 *   annotations?: unknown[],
 *   file_id?: string,
 *   image_url?: string,
 *   detail?: string,
 *   name?: string,
 *   kind?: string,
 *   size?: number | null,
 *   pages?: number | null,
 *   rows?: number | null,
 *   tokens?: number | null,
 * }} Part
 * @typedef {{
 *   id: string,
 *   type?: string,
 *   name?: string,
 *   kind?: string,
 *   media_type?: string,
 *   size?: number,
 *   pages?: number | null,
 *   rows?: number | null,
 *   tokens?: number | null,
 *   width?: number | null,
 *   height?: number | null,
 * }} Attached
 * @typedef {{type: string, id?: string, role?: string, status?: string, content?: Part[]}} Item
 * @typedef {{
 *   input_tokens?: number,
 *   input_tokens_details?: {cached_tokens?: number, cache_write_tokens?: number} | null,
 *   output_tokens?: number,
 *   output_tokens_details?: {reasoning_tokens?: number} | null,
 * }} Usage
 * @typedef {{type: string, name?: string, schema?: Record<string, any>}} TextFormat
 * @typedef {{code: string, path: string, message: string, values: Record<string, string | number>}} FormatProblem
 * @typedef {{verbosity?: string | null, format?: TextFormat | null, problems?: FormatProblem[] | null}} TextSettings
 * @typedef {{
 *   id: string,
 *   response_id: string,
 *   call_id: string,
 *   place: number,
 *   tool: string,
 *   title: string,
 *   handoff?: string | null,
 *   memory?: {id: string, text: string} | null,
 *   status: string,
 *   arguments: string,
 *   output: string | Part[] | null,
 *   decision: string | null,
 *   note: string,
 *   created_at: number,
 *   started_at: number | null,
 *   ended_at: number | null,
 * }} ToolCall
 * @typedef {{
 *   id: string,
 *   object?: string,
 *   created_at: number,
 *   completed_at?: number | null,
 *   status: string,
 *   model: string,
 *   conversation: {id: string, title?: string},
 *   previous_response_id: string | null,
 *   input?: Item[],
 *   attachments?: Attached[],
 *   output: Item[],
 *   usage?: Usage | null,
 *   error?: {code: string, message: string} | null,
 *   incomplete_details?: {reason: string} | null,
 *   omitted_turns?: number,
 *   omitted_images?: boolean,
 *   file_notes?: string[],
 *   not_applied?: string[],
 *   tools?: string[] | null,
 *   collections?: string[] | null,
 *   provider?: string | null,
 *   assistant?: {id: string, name: string, icon: string, version: number} | null,
 *   reasoning?: {effort: string | null},
 *   text?: TextSettings,
 *   comparison?: string | null,
 *   turn?: string | null,
 *   calls?: ToolCall[],
 *   versions?: string[],
 *   metadata?: {client_message_id?: string | null},
 * }} ResponseObject
 * @typedef {{
 *   id?: string,
 *   response_id: string,
 *   status: string,
 *   kind?: string,
 *   model?: string,
 *   summary?: string,
 *   created_at?: number,
 *   error?: {code: string, message: string} | null,
 * }} Compaction
 * @typedef {{type: string, conversation: string, compaction: Compaction, response_id?: string}} CompactionEvent
 * @typedef {{type: string, conversation: string, response_id: string, tokens: number}} CountedEvent
 * @typedef {{
 *   type: string,
 *   response_id: string,
 *   sequence_number: number,
 *   response?: ResponseObject,
 *   compaction?: Compaction,
 *   output_index?: number,
 *   content_index?: number,
 *   summary_index?: number,
 *   delta?: string,
 *   command_index?: number,
 *   item?: Item,
 *   annotation?: unknown,
 *   partial_image_b64?: string,
 *   output_format?: string,
 *   call?: ToolCall,
 * }} ResponseEvent
 * @typedef {{
 *   id: string,
 *   title: string,
 *   updated_at: string,
 *   pinned: boolean,
 *   archived: boolean,
 *   running: boolean,
 *   unseen: boolean,
 *   waiting: boolean,
 *   deleted: boolean,
 * }} Conversation
 * @typedef {{type: "conversation.updated", conversation: Conversation}} ConversationEvent
 * @typedef {{
 *   type: "error",
 *   code: string,
 *   message: string,
 *   param?: string | null,
 *   client_message_id?: string | null,
 * }} ErrorEvent
 * @typedef {{
 *   type: "response.create",
 *   client_message_id: string,
 *   conversation: string | null,
 *   previous_response_id: string | null,
 *   input: Item[],
 *   temporary?: boolean,
 *   assistant?: string,
 *   model?: string,
 *   effort?: string,
 *   verbosity?: string,
 *   tools?: Record<string, boolean>,
 *   collections?: Record<string, boolean>,
 *   variables?: Record<string, string>,
 *   compare?: {assistant?: string, model?: string, effort?: string, verbosity?: string}[],
 * }} CreateCommand
 * @typedef {{
 *   type: "conversation.follow",
 *   conversation: string,
 *   after: string | null,
 *   seen: Record<string, number>,
 * }} FollowCommand
 * @typedef {{type: "conversation.seen", conversation: string}} SeenCommand
 * @typedef {{type: "response.cancel", response_id: string}} CancelCommand
 * @typedef {{type: "response.compact", response_id: string}} CompactCommand
 * @typedef {{type: "response.count", response_id: string}} CountCommand
 * @typedef {{type: "tool_call.decide", call: string, decision: string, note?: string}} DecideCommand
 */

export const CREATE = "response.create";
export const FOLLOW = "conversation.follow";
export const SEEN = "conversation.seen";
export const CANCEL = "response.cancel";
export const COMPACT = "response.compact";
export const COUNT = "response.count";
export const DECIDE = "tool_call.decide";

export const UPDATED = "conversation.updated";
export const COMPACTION_UPDATED = "response.compaction.updated";
export const COUNTED = "response.counted";
export const FOLLOWING = "conversation.following";
export const ERROR = "error";
export const UNAUTHENTICATED = "unauthenticated";
export const SERVER_ERROR = "server_error";
export const FOREIGN_ORIGIN = "foreign_origin";

export const QUEUED = "response.queued";
export const WAITING = "response.waiting";
export const TOOL_CALL_UPDATED = "response.tool_call.updated";
export const TEXT_DELTA = "response.output_text.delta";
export const REFUSAL_DELTA = "response.refusal.delta";
export const ITEM_ADDED = "response.output_item.added";
export const ITEM_DONE = "response.output_item.done";
export const ANNOTATION_ADDED = "response.output_text.annotation.added";
export const REASONING_DELTA = "response.reasoning_text.delta";
export const REASONING_SUMMARY_DELTA = "response.reasoning_summary_text.delta";
export const CODE_DELTA = "response.code_interpreter_call_code.delta";
export const FUNCTION_ARGUMENTS_DELTA = "response.function_call_arguments.delta";
export const MCP_ARGUMENTS_DELTA = "response.mcp_call_arguments.delta";
export const CUSTOM_TOOL_INPUT_DELTA = "response.custom_tool_call_input.delta";
export const SHELL_COMMAND_ADDED = "response.shell_call_command.added";
export const SHELL_COMMAND_DELTA = "response.shell_call_command.delta";
export const SHELL_OUTPUT_DELTA = "response.shell_call_output_content.delta";
export const PARTIAL_IMAGE = "response.image_generation_call.partial_image";

/** Matches the events of a tool's progress; captures the type of its item and the status. */
export const STATUS =
  /^response\.(\w+_call|mcp_list_tools)\.(in_progress|searching|interpreting|generating|completed|failed)$/;

const TERMINAL_EVENTS = new Set(["response.completed", "response.incomplete", "response.failed", "response.cancelled"]);
const RUNNING_STATUSES = new Set(["queued", "in_progress"]);

/**
 * Return whether an event of this type ends its response.
 *
 * @param {string} type
 */
export const isEnd = (type) => TERMINAL_EVENTS.has(type);

/**
 * Return whether a response with this status is still running.
 *
 * @param {string | undefined} status
 */
export const isRunning = (status) => RUNNING_STATUSES.has(status ?? "");

/**
 * Return whether nothing more comes of a response with this status: it doesn't run, and waits for no person.
 *
 * @param {string | undefined} status
 */
export const hasEnded = (status) => !isRunning(status) && status !== "waiting";

/**
 * Return the parts of a message without what only the page needs to know of its files.
 *
 * @param {Part[]} content
 */
export const sentContent = (content) => content.map(({ name, kind, size, pages, rows, tokens, ...part }) => part);

/**
 * Return the parts of a message with what the server says of its files.
 *
 * @param {Item[]} input
 * @param {Attached[]} attachments
 * @returns {Part[]}
 */
export function describedContent(input, attachments) {
  const facts = new Map(attachments.map(({ id, type, media_type, width, height, ...rest }) => [id, rest]));
  return contentOf(input).map((part) => ({ ...part, ...facts.get(part.file_id ?? "") }));
}

/**
 * Collect the parts of all items.
 *
 * @param {Item[]} input
 */
export const contentOf = (input) => input.flatMap((item) => item.content ?? []);

/**
 * Collect the parts that a person reads, with their positions in the output, whatever shape a provider gave it.
 *
 * @param {unknown} output
 * @returns {{type: "output_text" | "refusal", text: string, outputIndex: number, contentIndex: number}[]}
 */
export function readableParts(output) {
  return array(output).flatMap((item, outputIndex) =>
    partsOf(item).flatMap((part, contentIndex) => {
      const type = part?.type === "output_text" || part?.type === "refusal" ? part.type : undefined;
      const text = type === "output_text" ? part.text : part?.refusal;
      return type === undefined || typeof text !== "string" ? [] : [{ type, text, outputIndex, contentIndex }];
    }),
  );
}

/** @param {any} item @returns {any[]} */
function partsOf(item) {
  if (item?.type !== "message") return [];
  return typeof item.content === "string" ? [{ type: "output_text", text: item.content }] : array(item.content);
}

/** @param {unknown} value @returns {any[]} */
const array = (value) => (Array.isArray(value) ? value : []);
