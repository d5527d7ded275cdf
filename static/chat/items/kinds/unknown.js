import { pretty, string } from "chat/items/blocks";
import { gettext } from "chat/lib/translations";

/**
 * An item of an unknown type, which is shown as JSON under its type.
 *
 * @type {import("chat/items/describe").Kind}
 */
export const unknown = {
  show({ type, id: _id, encrypted_content: _sealed, ...rest }) {
    const title = (string(type) || gettext("Unknown item")).replaceAll("_", " ").toLowerCase();
    return { title: title.charAt(0).toUpperCase() + title.slice(1), blocks: [pretty("item", rest)] };
  },
};
