// <details class="menu"> closes on Escape and on a click elsewhere; it opens without any script.

export function watchMenus(root) {
  root.addEventListener("click", (event) => closeAll(root, event.target.closest("details.menu")));
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = root.querySelector("details.menu[open]");
    closeAll(root, null);
    open?.querySelector("summary").focus();
  });
}

function closeAll(root, except) {
  for (const menu of root.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.open = false;
  }
}
