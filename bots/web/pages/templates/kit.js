(() => {
  const told = document.querySelector("main").dataset.told;
  const tell = (channel) => told && navigator.sendBeacon?.(told + channel);
  const said = document.querySelector("[role=status]");

  for (const link of document.querySelectorAll("a[data-channel]")) {
    link.addEventListener("click", () => tell(link.dataset.channel));
  }

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
      said.textContent = done ? button.dataset.done : button.dataset.chosen;
      if (!done) return;
      tell(button.dataset.channel);
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = label; said.textContent = ""; }, 2500);
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
})();
