/** Draw the diagram that the embedding page sends, and report its size, or that it failed. */

const { mermaid } = /** @type {any} */ (globalThis);
const STYLES = ["themeCSS", "fontFamily", "altFontFamily"];

addEventListener("message", ({ source, data }) => {
  if (source === parent) draw(data);
});
// A link would navigate the frame away.
addEventListener("click", (event) => event.preventDefault(), true);
parent.postMessage({ isReady: true }, "*");

/** @param {{source: string, isDark: boolean}} data */
async function draw({ source, isDark }) {
  document.documentElement.style.colorScheme = isDark ? "dark" : "light";
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: "strict",
    suppressErrorRendering: true,
    theme: isDark ? "dark" : "neutral",
    fontFamily: "system-ui, sans-serif",
    maxTextSize: 50_000,
    htmlLabels: false,
    flowchart: { htmlLabels: false },
    // The settings that a diagram must not override.
    secure: [
      ..."secure securityLevel startOnLoad maxTextSize suppressErrorRendering maxEdges htmlLabels".split(" "),
      ...STYLES,
    ],
  });
  try {
    const { svg } = await mermaid.render("diagram", source);
    document.body.innerHTML = svg;
    const drawn = /** @type {SVGSVGElement} */ (document.querySelector("svg"));
    const { width, height } = drawn.viewBox.baseVal;
    drawn.removeAttribute("height");
    drawn.setAttribute("width", "100%");
    // The page decides how large it is.
    drawn.style.maxWidth = "none";
    parent.postMessage({ width: Math.ceil(width), height: Math.ceil(height) }, "*");
  } catch {
    parent.postMessage({}, "*");
  }
}
