import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { thumbnailUrl } from "chat/question/attachment";

/**
 * A picture in the list above a text that is being written.
 *
 * @param {import("chat/live/protocol").Part | null} part null while it is uploaded
 * @param {string} name
 * @param {() => void} onRemove
 */
export function attachmentEntry(part, name, onRemove) {
  const entry = fromTemplate("#attachment-template", HTMLLIElement);
  const image = find(entry, "img", HTMLImageElement);
  image.alt = name;
  if (part?.file_id) image.src = thumbnailUrl(part.file_id);
  if (part?.image_url) {
    image.remove();
    find(entry, ".name", HTMLElement).textContent = name;
  }
  if (part) find(entry, "progress", HTMLProgressElement).remove();
  find(entry, ".retry", HTMLButtonElement).ariaLabel = interpolate(gettext("Upload %(name)s again"), { name });
  const remove = find(entry, ".remove", HTMLButtonElement);
  remove.ariaLabel = interpolate(gettext("Remove %(name)s"), { name });
  remove.onclick = onRemove;
  return entry;
}

/** @param {import("chat/live/protocol").Part} part */
export const nameOf = (part) => part.image_url ?? gettext("image");
