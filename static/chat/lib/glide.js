/** How long an element takes to its new place, in milliseconds. */
const DURATION_MS = 250;

/**
 * Make a change that moves an element down or up, and let the element glide there. It is at its new place at once for
 * everything but the eye. Nothing glides for people who want less motion.
 *
 * @param {HTMLElement} element
 * @param {() => void} change
 */
export function glide(element, change) {
  const before = element.getBoundingClientRect().top;
  change();
  const distance = before - element.getBoundingClientRect().top;
  if (!distance || matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const from = { transform: `translateY(${distance}px)` };
  element.animate([from, { transform: "none" }], { duration: DURATION_MS, easing: "ease-out" });
}
