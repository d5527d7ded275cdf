import { find, fromTemplate } from "chat/lib/dom";
import { gettext, interpolate } from "chat/lib/translations";
import { thumbnailUrl } from "chat/message/attachment";

/**
 * Create the entry of an image in the list above the message field.
 *
 * @param {import("chat/live/protocol").Part | null} part null while the image is being uploaded
 * @param {string} name
 * @param {() => void} onRemove
 */
export function attachmentEntry(part, name, onRemove) {
  const entry = fromTemplate("#attachment-template", HTMLLIElement);
  const thumbnail = find(entry, "img", HTMLImageElement);
  thumbnail.alt = name;
  if (part?.file_id) thumbnail.src = thumbnailUrl(part.file_id);
  if (part?.image_url) {
    thumbnail.remove();
    find(entry, ".name", HTMLElement).textContent = name;
  }
  if (part) find(entry, "progress", HTMLProgressElement).remove();
  find(entry, ".retry", HTMLButtonElement).ariaLabel = interpolate(gettext("Upload %(name)s again"), { name });
  const remove = find(entry, ".remove", HTMLButtonElement);
  remove.ariaLabel = interpolate(gettext("Remove %(name)s"), { name });
  remove.onclick = onRemove;
  return entry;
}

/**
 * Return the name that an image which is already attached goes by.
 *
 * @param {import("chat/live/protocol").Part} part
 */
export const nameOf = (part) => part.image_url ?? gettext("image");
