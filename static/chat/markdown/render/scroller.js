/** Boxes that scroll sideways if their content is too wide. A keyboard can reach those that do. */

const observer = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});

/**
 * Make a box a tab stop whenever it can be scrolled.
 *
 * @param {Element} box whose size changes with its content
 */
export function watchScroller(box) {
  observer.observe(box);
}
