// Runs before the page is drawn: marks that scripts work and restores the chosen text size without a flash.
(() => {
  const root = document.documentElement;
  root.classList.add("im-js");
  try {
    const size = localStorage.getItem("im-text-size");
    if (size === "large" || size === "larger") {
      root.classList.add(`im-text-${size}`);
    }
  } catch {
    // Storage can be switched off; the normal size is then used.
  }
})();
