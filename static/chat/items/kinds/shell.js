import { block, joinByDots, list, objects, string } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";
import { SHELL_COMMAND_ADDED, SHELL_COMMAND_DELTA, SHELL_OUTPUT_DELTA } from "chat/live/protocol";

/** @type {import("chat/items/describe").Kinds} */
export const shell = {
  shell_call: {
    show: command,
    deltas: {
      [SHELL_COMMAND_ADDED]: ({ command_index }) => block("command", "code", command_index ? "\n" : ""),
      [SHELL_COMMAND_DELTA]: ({ delta }) => block("command", "code", delta),
    },
  },
  shell_call_output: {
    show: outputs,
    deltas: { [SHELL_OUTPUT_DELTA]: ({ delta }) => block("output", "code", streamed(delta)) },
  },
  local_shell_call: { show: command },
  local_shell_call_output: { show: outputs },
};

/** Describe a command. @param {any} item */
function command({ action }) {
  const commands = list(action?.commands);
  const text = commands.length ? commands.map(string).join("\n") : list(action?.command).map(string).join(" ");
  return { title: gettext("Command"), note: text.split("\n")[0], blocks: [block("command", "code", text)] };
}

/** Describe the output of commands. @param {any} item */
function outputs({ output }) {
  const runs = objects(output);
  const streams = runs.flatMap(({ stdout, stderr }) => [string(stdout), string(stderr)]);
  return {
    title: gettext("Result"),
    note: joinByDots(...runs.map(({ outcome }) => failure(outcome))),
    blocks: [block("output", "code", streams.filter(Boolean).join("\n") || output)],
  };
}

/** Return what a command has put out now. @param {any} delta */
const streamed = (delta) => string(delta?.stdout) + string(delta?.stderr);

/** Say how a command failed; return an empty string if it didn't. @param {any} outcome */
function failure(outcome) {
  if (outcome?.type === "timeout") return gettext("Timed out");
  const code = outcome?.exit_code;
  return Number.isInteger(code) && code !== 0 ? interpolate(gettext("Exit code %(code)s"), { code }) : "";
}
