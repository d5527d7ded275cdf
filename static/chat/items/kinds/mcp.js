import { block, joinByDots, objects, outputBlocks, readable, string } from "chat/items/blocks";
import { noteOfCall, noteToModel } from "chat/items/calls";
import { gettext } from "chat/lib/translations";
import { MCP_ARGUMENTS_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const mcp = {
  mcp_call: {
    show: (item) => ({
      title: gettext("Tool call"),
      note: joinByDots(item.server_label, item.name),
      blocks: [
        readable("arguments", item.arguments, gettext("Arguments")),
        ...outputBlocks(item.output),
        readable("error", item.error, gettext("Error")),
      ],
    }),
    deltas: { [MCP_ARGUMENTS_DELTA]: ({ delta }) => block("arguments", "code", delta, gettext("Arguments")) },
  },
  mcp_list_tools: {
    show: ({ server_label, tools, error }) => ({
      title: gettext("Tools"),
      note: string(server_label),
      blocks: [
        ...objects(tools).map(({ name, description }) => block("tool", "text", string(description) || name, name)),
        readable("error", error, gettext("Error")),
      ],
    }),
  },
  mcp_approval_request: {
    show: (item, { call }) => ({
      title: call?.title ?? gettext("Approval request"),
      note: call ? noteOfCall(call) : joinByDots(item.server_label, item.name),
      blocks: [readable("arguments", item.arguments, gettext("Arguments")), ...(call ? [noteToModel(call)] : [])],
    }),
  },
};
