// Shows the buttons that need a script: "Copy" and "Print". Everything else on the page works without it.
"use strict";
{
  // A list line by line; a key without the spaces between its groups, which some apps do not take.
  const textOf = (element) =>
    element.tagName === "OL"
      ? Array.from(element.children, (item) => item.textContent.trim()).join("\n")
      : element.textContent.replace(/\s+/g, "");

  for (const button of document.querySelectorAll("[data-copy]")) {
    const source = document.getElementById(button.dataset.copy);
    if (!source || !navigator.clipboard) continue;
    const label = button.textContent;
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(textOf(source));
        button.textContent = "Copied";
      } catch {
        button.textContent = "Not copied";
      }
      setTimeout(() => (button.textContent = label), 3000);
    });
  }

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}
