import { block, joinByDots, list, objects, string } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const shell = {
  shell_call: { show: command },
  shell_call_output: { show: outputs },
  local_shell_call: { show: command },
  local_shell_call_output: { show: outputs },
};

/** Describe a command. @param {any} item */
function command({ action }) {
  const commands = list(action?.commands);
  const text = commands.length ? commands.map(string).join("\n") : list(action?.command).map(string).join(" ");
  return { title: gettext("Command"), blocks: [block("command", "code", text)] };
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

/** Say how a command failed; return an empty string if it didn't. @param {any} outcome */
function failure(outcome) {
  if (outcome?.type === "timeout") return gettext("Timed out");
  const code = outcome?.exit_code;
  return Number.isInteger(code) && code !== 0 ? interpolate(gettext("Exit code %(code)s"), { code }) : "";
}
