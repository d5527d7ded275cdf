import { block, image, objects, string } from "chat/items/blocks";
import { gettext, interpolate } from "chat/lib/translations";

/** @type {import("chat/items/describe").Kinds} */
export const computer = {
  computer_call: {
    show({ action, actions, pending_safety_checks }) {
      const steps = objects(actions ?? [action]).map(inWords);
      return {
        title: gettext("Computer"),
        note: steps.join(" · "),
        blocks: [
          block("action", "text", steps.join("\n")),
          ...objects(pending_safety_checks).map(({ message, code }) =>
            block("check", "text", string(message) || code, gettext("Safety check")),
          ),
        ],
      };
    },
  },
  computer_call_output: {
    show: ({ output }) => ({ title: gettext("Screen"), blocks: [image(output?.image_url)] }),
  },
};

/** Say what an action does. @param {Record<string, any>} action */
function inWords({ type, x, y, text, keys, path }) {
  const end = Array.isArray(path) ? path.at(-1) : undefined;
  switch (type) {
    case "screenshot":
      return gettext("Take a screenshot");
    case "click":
      return interpolate(gettext("Click at %(x)s, %(y)s"), { x, y });
    case "double_click":
      return interpolate(gettext("Double-click at %(x)s, %(y)s"), { x, y });
    case "move":
      return interpolate(gettext("Move to %(x)s, %(y)s"), { x, y });
    case "scroll":
      return interpolate(gettext("Scroll at %(x)s, %(y)s"), { x, y });
    case "drag":
      return interpolate(gettext("Drag to %(x)s, %(y)s"), { x: end?.x, y: end?.y });
    case "type":
      return interpolate(gettext("Type “%(text)s”"), { text: string(text) });
    case "keypress":
      return interpolate(gettext("Press %(keys)s"), { keys: Array.isArray(keys) ? keys.join(" + ") : "" });
    case "wait":
      return gettext("Wait");
    default:
      return string(type);
  }
}
