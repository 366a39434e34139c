(() => {
  const { told } = document.querySelector("main").dataset;
  const said = document.querySelector("[role=status]");
  const say = (text) => { said.textContent = text; };

  // in CORS mode the browser names this page's origin, though pages are told nothing of where people come from
  const tell = (channel) => {
    if (told) fetch(told + channel, { method: "POST", mode: "cors", keepalive: true, credentials: "omit" }).catch(() => {});
  };

  const copy = async (field) => {
    try {
      await navigator.clipboard.writeText(field.value);
      return true;
    } catch {
      field.focus();
      field.select();
      return document.execCommand("copy");
    }
  };
  for (const field of document.querySelectorAll("textarea")) {
    field.addEventListener("focus", () => field.select());
  }
  for (const button of document.querySelectorAll("[data-copy]")) {
    const label = button.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      const done = await copy(document.getElementById(button.dataset.copy));
      say(done ? button.dataset.done : button.dataset.chosen);
      if (!done) return;
      tell(button.dataset.channel);
      button.textContent = button.dataset.label;
      setTimeout(() => { button.textContent = label; say(""); }, 4000);
    });
  }

  const sheet = document.querySelector("[data-sheet]");
  if (navigator.share) {
    sheet.hidden = false;
    sheet.addEventListener("click", async () => {
      const { title, text, sheet: url } = sheet.dataset;
      try {
        await navigator.share({ title, text, url });
        tell("sheet");
      } catch {
        // closed without sharing
      }
    });
  }

  // Inside Telegram: its apps take events from the page, and send others back (core.telegram.org/api/web-events).
  const WEB = "https://web.telegram.org";
  const parts = new URLSearchParams(location.hash.slice(1).replace(/\?/g, "&").replace(/\+/g, "%2B"));
  const prepared = parts.get("prepared");
  const inside = [...parts.keys()].some((name) => name.startsWith("tgWebApp"));
  const way = () => {
    const proxy = window.TelegramWebviewProxy;
    if (proxy) return (type, data) => proxy.postEvent(type, JSON.stringify(data));
    const event = (type, data) => JSON.stringify({ eventType: type, eventData: data });
    if (window.external && "notify" in window.external) return (type, data) => window.external.notify(event(type, data));
    return window.parent === window ? null : (type, data) => window.parent.postMessage(event(type, data), WEB);
  };
  const post = inside || prepared ? way() : null;

  const send = document.querySelector("[data-prepared]");
  const happened = {
    prepared_message_sent: () => say(send.dataset.done),
    prepared_message_failed: (data) => {
      if (data?.error !== "USER_DECLINED") {
        say(send.dataset.failed);
        send.hidden = true;
      }
    },
  };
  const receive = (type, data) => happened[type]?.(data);
  if (post && prepared) {
    window.Telegram = { WebView: { receiveEvent: receive } };
    window.TelegramGameProxy = { receiveEvent: receive };
    window.TelegramGameProxy_receiveEvent = receive;
    window.addEventListener("message", (message) => {
      if (message.source !== window.parent || message.origin !== WEB || typeof message.data !== "string") return;
      try {
        const { eventType, eventData } = JSON.parse(message.data);
        receive(eventType, eventData);
      } catch {
        // not an event
      }
    });
    send.hidden = false;
    send.addEventListener("click", () => {
      post("web_app_send_prepared_message", { id: prepared });
      tell("telegram");
    });
  }

  for (const link of document.querySelectorAll("a[data-channel]")) {
    link.addEventListener("click", (click) => {
      tell(link.dataset.channel);
      const there = new URL(link.href);
      if (!post || link.hasAttribute("download") || !there.protocol.startsWith("http")) return;
      click.preventDefault();
      if (there.host === "t.me") post("web_app_open_tg_link", { path_full: there.pathname + there.search });
      else post("web_app_open_link", { url: there.href });
    });
  }
  if (post) {
    post("web_app_ready", {});
    post("web_app_expand", {});
  }
  for (const link of document.querySelectorAll(".languages a")) link.hash = location.hash;
})();
