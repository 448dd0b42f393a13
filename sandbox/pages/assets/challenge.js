"use strict";

const query = new URLSearchParams(location.search);
const parentOrigin = query.get("origin");
const state = document.getElementById("state");
const buttons = [...document.querySelectorAll("button")];
if (query.get("theme")) document.documentElement.dataset.theme = query.get("theme");

// Reached by redirect, not in a frame: the customer goes back to where the intent says.
function goBack(intent, action) {
  const target = action && action.redirect_to_url && action.redirect_to_url.return_url;
  if (!target || !/^https?:/.test(target)) {
    state.textContent = "Done. You can close this page.";
    return;
  }
  const url = new URL(target);
  url.searchParams.set(intent.object, intent.id);
  url.searchParams.set(`${intent.object}_client_secret`, intent.client_secret);
  url.searchParams.set("redirect_status", intent.status === "succeeded" ? "succeeded" : "failed");
  location.assign(url);
}

async function choose(outcome) {
  buttons.forEach((button) => { button.disabled = true; });
  state.textContent = "One moment …";
  const who = { intent: query.get("intent"), client_secret: query.get("client_secret") };
  const before = await (await fetch(`/_element/intent?${new URLSearchParams(who)}`)).json();
  const response = await fetch("/_element/authenticate", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...who, outcome }),
  });
  const answer = await response.json();
  if (parent !== window && parentOrigin) {
    parent.postMessage({ sandbox: "challenge", id: query.get("id"), result: answer }, parentOrigin);
    return;
  }
  const error = answer.error || {};
  const intent = answer.intent || error.payment_intent || error.setup_intent;
  if (intent) goBack(intent, before.intent && before.intent.next_action);
  else state.textContent = error.message || "This did not work.";
}

function ready() {
  buttons.forEach((button) => { button.disabled = false; });
  buttons[0].focus();
}

function answer(outcome) {
  if (buttons[0].disabled) return;
  choose(outcome).catch(() => {
    ready();
    state.textContent = "The sandbox cannot be reached. Try again.";
  });
}

buttons.forEach((button) => button.addEventListener("click", () => answer(button.id)));
// The focus is in here, so the dialog around this frame does not hear the key.
addEventListener("keydown", (event) => { if (event.key === "Escape") answer("fail"); });
// Disabled until now: a click before this line would be lost.
ready();
