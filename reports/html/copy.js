"use strict";
// A button beside each command copies it.
(() => {
  for (const pre of document.querySelectorAll(".command")) {
    const button = document.createElement("button");
    const code = document.createElement("span");
    code.textContent = pre.textContent;
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(code.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(code);
        button.textContent = "Selected";
      }
    });
    pre.replaceChildren(code, button);
  }
})();
