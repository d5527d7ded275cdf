/**
 * Connect a panel of choices beside the message field: it is drawn when it opens, its first choice gets the focus, and Enter
 * closes it. It stands in the form of the message, which Enter would send.
 *
 * @param {HTMLElement} panel
 * @param {() => void} draw
 */
export function connectPanel(panel, draw) {
  panel.addEventListener("beforetoggle", (event) => event.newState === "open" && draw());
  panel.addEventListener("toggle", (event) => {
    if (event.newState === "open") panel.querySelector("input")?.focus();
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    panel.hidePopover();
  });
}
