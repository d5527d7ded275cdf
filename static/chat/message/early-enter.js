/**
 * Enter in the message field before the modules are loaded: it breaks no line, and the message is sent once they are
 * (composer.js). This is a classic script, so that it runs before the field is in the page.
 */
addEventListener("keydown", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLTextAreaElement) || field.id !== "message" || customElements.get("chat-composer")) return;
  const composer = field.closest("chat-composer");
  const isPlain = !(event.shiftKey || event.altKey || event.isComposing || event.keyCode === 229);
  const sends =
    event.ctrlKey ||
    event.metaKey ||
    (composer?.getAttribute("data-enter-sends") === "true" &&
      !matchMedia("(hover: none) and (pointer: coarse)").matches);
  if (event.key !== "Enter" || !isPlain || !sends) return;
  event.preventDefault();
  field.dataset.sendWanted = "";
});
// What is still being written isn't sent.
addEventListener("input", ({ target }) => target instanceof HTMLElement && delete target.dataset.sendWanted);
