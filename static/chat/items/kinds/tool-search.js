import { block, joinByCommas, joinByDots, objects, readable, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const toolSearch = {
  tool_search_call: {
    show: (item) => ({
      title: gettext("Tool search"),
      note: joinByDots(...Object.values(item.arguments ?? {}).map((value) => joinByCommas(value) || value)),
      blocks: [readable("arguments", JSON.stringify(item.arguments ?? ""))],
    }),
  },
  tool_search_output: { show: found },
  additional_tools: { show: found },
};

/** Describe tools that the model may use from now on. @param {any} item */
function found({ tools }) {
  const all = objects(tools).flatMap((tool) =>
    tool.type === "namespace"
      ? objects(tool.tools).map(({ name, ...rest }) => ({ ...rest, name: `${tool.name}.${name}` }))
      : [tool],
  );
  const named = all.map(({ name, type, description }) => ({ name: string(name) || string(type), description }));
  return {
    title: gettext("Tools found"),
    note: joinByCommas(named.map(({ name }) => name)) || gettext("None"),
    blocks: named.map(({ name, description }) => block("tool", "text", string(description) || name, name)),
  };
}
