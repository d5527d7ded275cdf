import { block, result, string } from "chat/items/blocks";
import { noteOfCall, outputOfCall } from "chat/items/calls";
import { gettext } from "chat/lib/translations";
import { CUSTOM_TOOL_INPUT_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const customTool = {
  custom_tool_call: {
    show: ({ name, input }, { call }) => ({
      title: call ? call.title : gettext("Tool call"),
      note: call ? noteOfCall(call) : string(name),
      blocks: [block("input", "code", input), ...(call ? outputOfCall(call) : [])],
    }),
    deltas: { [CUSTOM_TOOL_INPUT_DELTA]: ({ delta }) => block("input", "code", delta) },
  },
  custom_tool_call_output: { show: result },
};
