import { block, joinByDots, readable, result } from "chat/items/blocks";
import { noteOfCall, outputOfCall, titleOfHandoff } from "chat/items/calls";
import { gettext } from "chat/lib/translations";
import { FUNCTION_ARGUMENTS_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const functionCall = {
  function_call: {
    show: (item, { call }) =>
      call
        ? {
            title: typeof call.handoff === "string" ? titleOfHandoff(call.handoff) : call.title,
            // What is remembered is said whole.
            note: call.memory?.text ?? noteOfCall(call),
            blocks: [readable("arguments", call.arguments, gettext("Arguments")), ...outputOfCall(call)],
          }
        : {
            title: gettext("Function call"),
            note: joinByDots(item.namespace, item.name),
            blocks: [readable("arguments", item.arguments, gettext("Arguments"))],
          },
    deltas: { [FUNCTION_ARGUMENTS_DELTA]: ({ delta }) => block("arguments", "code", delta, gettext("Arguments")) },
  },
  function_call_output: { show: result },
};
