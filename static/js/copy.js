// <button data-copy="text" data-copied="Copied">: copies, and says so for two seconds.

const SHOWN_FOR_MS = 2000;

export function watchCopyButtons(root) {
  root.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    await navigator.clipboard.writeText(button.dataset.copy);
    const label = button.textContent;
    button.textContent = button.dataset.copied || label;
    setTimeout(() => {
      button.textContent = label;
    }, SHOWN_FOR_MS);
  });
}
