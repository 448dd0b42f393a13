// Preselects the browser's time zone where a page asks for one, unless the visitor has chosen already.

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const select of document.querySelectorAll("[data-browser-zone]")) {
  const option = [...select.options].find((each) => each.value === zone);
  if (option && select.value === select.querySelector("[selected]")?.value) select.value = zone;
}
