/** What the template tells the scripts: addresses, texts in the person's language, rights. */
const element = document.getElementById("page-data");

/** @type {DOMStringMap} */
export const page = element ? element.dataset : {};
export const userId = document.body.dataset.user ?? "";

/** A text by name, with `{n}` and the like filled in. */
export function text(name, facts = {}) {
  const key = `text${name[0].toUpperCase()}${name.slice(1)}`;
  return (page[key] ?? "").replace(/\{(\w+)\}/g, (_, word) => String(facts[word] ?? ""));
}

/** One decimal, with the decimal sign of the language. */
export const decimal = (number) => number.toFixed(1).replace(".", page.textDecimal || ".");

export const alarmUrl = (id) => page.alarm.replace("/0/", `/${id}/`);

/** Wide enough for queue and alarm side by side; the same figure stands in desk.css. */
export const isWide = () => window.matchMedia("(min-width: 761px)").matches;
