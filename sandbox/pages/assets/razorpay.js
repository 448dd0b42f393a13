// A small stand-in for Razorpay's checkout.js: opens the window in a frame of the sandbox, hands its answer over.
(function () {
  "use strict";

  const home = new URL(document.currentScript.src).origin;

  window.Razorpay = function Razorpay(options) {
    if (!/^rzp_test_/.test(String(options.key))) {
      throw new Error("The sandbox takes test keys, which begin with rzp_test_.");
    }
    const listeners = {};
    let dialog = null;

    const close = () => {
      if (!dialog) return;
      removeEventListener("message", receive);
      dialog.close();
      dialog.remove();
      dialog = null;
    };

    const receive = (event) => {
      const message = event.data || {};
      if (!dialog || event.origin !== home || event.source !== dialog.firstChild.contentWindow) return;
      if (message.type === "paid") {
        close();
        options.handler(message.answer);
      } else if (message.type === "failed") {
        (listeners["payment.failed"] || []).forEach((listener) => listener({ error: message.error }));
      } else if (message.type === "dismiss") {
        dismiss();
      }
    };

    const dismiss = () => {
      close();
      if (options.modal && options.modal.ondismiss) options.modal.ondismiss();
    };

    this.on = (name, listener) => { (listeners[name] ||= []).push(listener); };
    this.open = () => {
      const query = new URLSearchParams({
        key: options.key, order_id: options.order_id, origin: location.origin,
        method: (options.prefill || {}).method || "card", email: (options.prefill || {}).email || "",
      });
      const frame = document.createElement("iframe");
      frame.src = `${home}/razorpay/window?${query}`;
      frame.title = "Razorpay";
      Object.assign(frame.style, { display: "block", border: "0", width: "100%", height: "30rem" });
      dialog = document.createElement("dialog");
      dialog.setAttribute("aria-label", "Razorpay");
      Object.assign(dialog.style, { padding: "0", border: "0", borderRadius: "12px", overflow: "hidden", width: "min(26rem, 94vw)" });
      dialog.append(frame);
      dialog.addEventListener("cancel", (event) => { event.preventDefault(); dismiss(); });
      addEventListener("message", receive);
      document.body.append(dialog);
      dialog.showModal();
    };
    this.close = close;
  };
})();
