// What makes the pages quicker for those who work in them all day. Every page does its work without it.
"use strict";

const root = document.documentElement;

// The theme: as the machine is set, or as chosen here.
function setTheme(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  for (const button of document.querySelectorAll("[data-set-theme]"))
    button.setAttribute("aria-pressed", String(button.dataset.setTheme === theme));
}
setTheme(localStorage.getItem("theme") ?? "system");
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-set-theme]");
  if (!button) return;
  localStorage.setItem("theme", button.dataset.setTheme);
  setTheme(button.dataset.setTheme);
});

// Menus close when one clicks elsewhere or presses Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// All boxes of a table at once.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-choose-all]")) return;
  const table = event.target.closest("table");
  for (const box of table.querySelectorAll("tbody input[type=checkbox]")) box.checked = event.target.checked;
});

// A select that acts at once; without this there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.requestSubmit();
});

// The keyboard: / search, j and k through rows, Enter opens, x chooses, ? help.
function rows() {
  return [...document.querySelectorAll("table[data-rows] tbody tr")];
}
function go(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("is-current"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  all[at]?.classList.remove("is-current");
  next.classList.add("is-current");
  next.querySelector("a")?.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
const keys = {
  "/": () => document.querySelector("#find")?.focus(),
  j: () => go(1),
  k: () => go(-1),
  x: () => document.querySelector("tr.is-current input[type=checkbox]")?.click(),
  "?": () => document.querySelector("#help")?.showModal(),
};
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});
document.querySelector("[data-help]")?.addEventListener("click", keys["?"]);
for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => button.closest("dialog").close());
