// A small stand-in for Stripe.js: card elements in a frame of the sandbox, setup and payment confirmation, 3-D Secure.
(function () {
  "use strict";

  const home = new URL(document.currentScript.src).origin;
  const frames = new Map();
  let serial = 0;

  addEventListener("message", (event) => {
    const message = event.data || {};
    const receiver = frames.get(message.id);
    if (event.origin === home && receiver && event.source === receiver.frame.contentWindow) receiver.receive(message);
  });

  function frameFor(path, id, title, extra) {
    const frame = document.createElement("iframe");
    frame.src = `${home}/_element/${path}?${new URLSearchParams({ id, origin: location.origin, ...extra })}`;
    frame.title = title;
    frame.style.border = "0";
    frame.style.width = "100%";
    return frame;
  }

  // Light text means a dark page, whatever the system prefers.
  function themeAround(node) {
    const [red, green, blue] = (getComputedStyle(node).color.match(/[\d.]+/g) || [0, 0, 0]).map(Number);
    return 0.299 * red + 0.587 * green + 0.114 * blue > 140 ? "dark" : "light";
  }

  class CardElement {
    constructor(options, appearance) {
      this.id = `card${(serial += 1)}`;
      this.options = options || {};
      this.appearance = appearance || {};
      this.listeners = {};
      this.calls = new Map();
      this.frame = null;
    }

    mount(target) {
      const place = typeof target === "string" ? document.querySelector(target) : target;
      if (!place) throw new Error(`The element you are trying to mount to does not exist: ${target}`);
      this.unmount();
      this.place = place;
      this.frame = frameFor("card", this.id, "Secure card payment input frame");
      this.frame.style.display = "block";
      this.frame.style.height = "170px";
      this.frame.style.colorScheme = this.theme();
      this.frame.allow = "payment *";
      frames.set(this.id, this);
      place.replaceChildren(this.frame);
    }

    unmount() {
      if (this.frame) this.frame.remove();
      frames.delete(this.id);
      this.frame = null;
    }

    destroy() { this.unmount(); this.listeners = {}; }

    on(name, listener) { (this.listeners[name] ||= []).push(listener); return this; }

    off(name, listener) {
      this.listeners[name] = (this.listeners[name] || []).filter((each) => listener && each !== listener);
      return this;
    }

    update(options) { this.options = { ...this.options, ...options }; this.dress(); }
    focus() { this.send({ type: "focus" }); }
    blur() { this.send({ type: "blur" }); }
    clear() { this.send({ type: "clear" }); }

    theme() {
      const wish = this.appearance.theme;
      if (wish === "night" || wish === "dark") return "dark";
      return wish === "light" ? "light" : themeAround(this.place);
    }

    dress() {
      const base = (this.options.style || {}).base || {};
      const invalid = (this.options.style || {}).invalid || {};
      const look = this.appearance.variables || {};
      const around = getComputedStyle(this.place);
      const variables = {
        text: base.color || look.colorText || around.color,
        placeholder: (base["::placeholder"] || {}).color || look.colorTextPlaceholder,
        danger: invalid.color || look.colorDanger,
        accent: base.iconColor || look.colorPrimary,
        field: base.backgroundColor || look.colorBackground,
        line: look.colorBorder,
        radius: look.borderRadius,
        font: base.fontFamily || look.fontFamily || around.fontFamily,
        size: base.fontSize || look.fontSizeBase || around.fontSize,
      };
      this.frame.style.colorScheme = this.theme();
      this.send({ type: "dress", theme: this.theme(), variables, hidePostalCode: Boolean(this.options.hidePostalCode) });
    }

    send(message) {
      if (this.frame) this.frame.contentWindow.postMessage({ sandbox: "page", id: this.id, ...message }, home);
    }

    confirm(request) {
      if (!this.frame) return Promise.resolve({ error: { type: "validation_error", message: "The card element is not mounted." } });
      return new Promise((resolve) => {
        const call = (serial += 1);
        this.calls.set(call, resolve);
        this.send({ type: "confirm", call, ...request });
      });
    }

    receive(message) {
      if (message.type === "resize") this.frame.style.height = `${Math.min(600, Number(message.height) || 170)}px`;
      else if (message.type === "result") {
        const resolve = this.calls.get(message.call);
        this.calls.delete(message.call);
        if (resolve) resolve(message.result);
      } else if (message.type === "submit") {
        const form = this.place.closest("form");
        if (form) form.requestSubmit();
      } else {
        if (message.type === "ready") this.dress();
        const { type, sandbox, id, ...rest } = message;
        const event = type === "change" ? { elementType: "card", ...rest } : { elementType: "card" };
        (this.listeners[type] || []).forEach((listener) => listener(event));
      }
    }
  }

  // Opens the bank's question in a modal frame; closing it is an abandoned authentication.
  function challenge(intent) {
    return new Promise((resolve) => {
      const id = `challenge${(serial += 1)}`;
      const theme = themeAround(document.body);
      const secret = { intent: intent.id, client_secret: intent.client_secret };
      const frame = frameFor("challenge", id, "3-D Secure authentication", { ...secret, theme });
      const dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "3-D Secure authentication");
      Object.assign(dialog.style, { padding: "0", border: "0", borderRadius: "12px", overflow: "hidden", background: "transparent", width: "min(28rem, 92vw)" });
      Object.assign(frame.style, { display: "block", height: "22rem", colorScheme: theme });
      dialog.append(frame);
      const end = (result) => {
        if (!frames.delete(id)) return;
        dialog.close();
        dialog.remove();
        resolve(result);
      };
      dialog.addEventListener("cancel", (event) => {
        event.preventDefault();
        post("authenticate", { ...secret, outcome: "fail" }).then(end);
      });
      frames.set(id, { frame, receive: (message) => end(message.result) });
      document.body.append(dialog);
      dialog.showModal();
      frame.addEventListener("load", () => frame.focus());
    });
  }

  function post(path, body) {
    return fetch(`${home}/_element/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    }).then((response) => response.json())
      .catch(() => ({ error: { type: "api_connection_error", message: "The payment service cannot be reached." } }));
  }

  const idOf = (clientSecret) => String(clientSecret).split("_secret_")[0];

  async function settle(answer, name, handleActions) {
    let current = answer;
    if (current.intent && current.intent.status === "requires_action" && handleActions) current = await challenge(current.intent);
    if (current.error) return { error: current.error };
    const failure = current.intent.last_payment_error || current.intent.last_setup_error;
    if (current.intent.status === "requires_payment_method" && failure) {
      const key = current.intent.object;
      return { error: { ...failure, [key]: current.intent } };
    }
    return { [name]: current.intent };
  }

  async function confirmIntent(key, name, clientSecret, data, options) {
    const method = (data || {}).payment_method;
    const intent = idOf(clientSecret);
    const handleActions = !options || options.handleActions !== false;
    let answer;
    if (method && method.card instanceof CardElement) {
      answer = await method.card.confirm({ intent, clientSecret, key, billing: method.billing_details });
    } else {
      const query = new URLSearchParams({ intent, client_secret: clientSecret });
      const now = await fetch(`${home}/_element/intent?${query}`).then((r) => r.json())
        .catch(() => ({ error: { type: "api_connection_error", message: "The payment service cannot be reached." } }));
      const waits = now.intent && now.intent.status === "requires_action" && !method;
      answer = waits || now.error ? now : await post("confirm", { intent, client_secret: clientSecret, key, payment_method: method });
    }
    return settle(answer, name, handleActions);
  }

  async function retrieve(name, clientSecret) {
    const query = new URLSearchParams({ intent: idOf(clientSecret), client_secret: clientSecret });
    const answer = await (await fetch(`${home}/_element/intent?${query}`)).json();
    return answer.error ? { error: answer.error } : { [name]: answer.intent };
  }

  window.Stripe = function Stripe(key) {
    if (!/^pk_test_/.test(String(key))) {
      throw new Error("The sandbox takes publishable test keys, which begin with pk_test_.");
    }
    return {
      elements: (options) => ({
        create(type, elementOptions) {
          if (type !== "card") throw new Error(`The sandbox has no element of type ${type}.`);
          return new CardElement(elementOptions, (options || {}).appearance);
        },
      }),
      confirmCardSetup: (secret, data, options) => confirmIntent(key, "setupIntent", secret, data, options),
      confirmCardPayment: (secret, data, options) => confirmIntent(key, "paymentIntent", secret, data, options),
      handleNextAction: ({ clientSecret }) => confirmIntent(
        key, String(clientSecret).startsWith("seti_") ? "setupIntent" : "paymentIntent", clientSecret, undefined, undefined),
      retrieveSetupIntent: (secret) => retrieve("setupIntent", secret),
      retrievePaymentIntent: (secret) => retrieve("paymentIntent", secret),
    };
  };
  window.Stripe.version = "sandbox";
})();
