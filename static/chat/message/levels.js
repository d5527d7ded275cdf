import { find } from "chat/lib/dom";
import { gettext } from "chat/lib/translations";
import { EFFORTS } from "chat/message/choice";
import { connectPanel } from "chat/message/panel";

/** @typedef {import("chat/message/choice").Choice} Choice */

/** @type {Record<string, string>} */
const VERBOSITIES = { low: gettext("Short"), medium: gettext("Medium"), high: gettext("Long") };

/**
 * Connect the panel in which the effort and the length of the answer are chosen.
 *
 * @param {HTMLElement} panel
 * @param {Choice} choice what is chosen so far
 * @param {(level: {effort?: string, verbosity?: string}) => void} choose
 */
export function connectLevels(panel, choice, choose) {
  const draw = () => {
    const { target, effort, verbosity } = choice;
    fill(find(panel, ".efforts", HTMLElement), "effort", target.efforts ?? [], EFFORTS, effort);
    const lengths = target.takes_verbosity ? Object.keys(VERBOSITIES) : [];
    fill(find(panel, ".verbosities", HTMLElement), "verbosity", lengths, VERBOSITIES, verbosity);
  };
  connectPanel(panel, draw);
  panel.onchange = ({ target }) => {
    if (target instanceof HTMLInputElement)
      choose({ [target.name === "effort" ? "effort" : "verbosity"]: target.value });
  };
}

/**
 * Fill a group of radio buttons. The first one leaves it to the model or the assistant.
 *
 * @param {HTMLElement} group
 * @param {string} name
 * @param {string[]} levels
 * @param {Record<string, string>} words
 * @param {string} chosen
 */
function fill(group, name, levels, words, chosen) {
  group.hidden = !levels.length;
  const labels = ["", ...levels].map((level) => {
    const label = document.createElement("label");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name, value: level, checked: level === chosen });
    label.append(input, level ? (words[level] ?? level) : gettext("Standard"));
    return label;
  });
  group.replaceChildren(find(group, "legend", HTMLElement), ...labels);
}
