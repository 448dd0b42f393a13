// What every page may use: copy buttons, questions before a form is sent, menus that close. No inline script.
import { watchCopyButtons } from "./copy.js";
import { watchConfirmations } from "./confirm.js";
import { watchMenus } from "./menus.js";
import { watchSending } from "./once.js";

document.documentElement.classList.add("js");
watchCopyButtons(document);
watchConfirmations(document);
watchSending(document);
watchMenus(document);
// On a phone the tabs scroll: the open one is shown.
document.querySelector(".site-nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
