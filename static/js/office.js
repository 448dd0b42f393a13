// "/" anywhere on a staff page goes to the search over everything, unless something is being typed.

const search = document.getElementById("global-search");

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !search) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  event.preventDefault();
  search.focus();
  search.select();
});

// On a phone the pages' names scroll: the open one is shown.
document.querySelector(".sidebar-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
