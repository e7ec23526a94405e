// Menu, text size, dialogs, confirmation, printing, and holding back a second submit.
// Everything is delegated from the document, so that parts swapped in later work as well.
(() => {
  const root = document.documentElement;

  function setTextSize(size) {
    root.classList.remove("im-text-large", "im-text-larger");
    if (size !== "normal") {
      root.classList.add(`im-text-${size}`);
    }
    try {
      localStorage.setItem("im-text-size", size);
    } catch {
      // Without storage the size holds for this page only.
    }
    markTextSize();
  }

  function currentTextSize() {
    if (root.classList.contains("im-text-larger")) {
      return "larger";
    }
    return root.classList.contains("im-text-large") ? "large" : "normal";
  }

  function markTextSize() {
    for (const button of document.querySelectorAll("[data-text-size]")) {
      button.setAttribute("aria-pressed", String(button.dataset.textSize === currentTextSize()));
    }
  }

  function toggleMenu(button) {
    const menu = document.getElementById(button.getAttribute("aria-controls"));
    const open = menu.classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  }

  function closeMenuGroups(except) {
    for (const group of document.querySelectorAll("[data-menu-group][open]")) {
      if (group !== except) {
        group.open = false;
      }
    }
  }

  function openDialog(link, event) {
    const dialog = document.getElementById((link.getAttribute("href") || "").slice(1) || link.dataset.dialogOpen);
    if (dialog && typeof dialog.showModal === "function") {
      event.preventDefault();
      dialog.showModal();
    }
  }

  let confirmed = null;

  function askFirst(form, question, submitter) {
    const dialog = document.getElementById("confirm-dialog");
    dialog.querySelector("[data-confirm-text]").textContent = question;
    dialog.returnValue = "";
    dialog.addEventListener(
      "close",
      () => {
        if (dialog.returnValue === "yes") {
          confirmed = form;
          form.requestSubmit(submitter);
        }
      },
      { once: true },
    );
    dialog.showModal();
  }

  function holdBackSecondSubmit(form) {
    form.dataset.submitted = "yes";
    for (const button of form.querySelectorAll("button[type=submit]")) {
      button.setAttribute("aria-disabled", "true");
    }
  }

  function release(form) {
    delete form.dataset.submitted;
    for (const button of form.querySelectorAll("button[aria-disabled]")) {
      button.removeAttribute("aria-disabled");
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (question && confirmed !== form) {
      event.preventDefault();
      event.stopImmediatePropagation();
      askFirst(form, question, event.submitter);
      return;
    }
    confirmed = null;
    if (!("once" in form.dataset)) {
      return;
    }
    if (form.dataset.submitted) {
      event.preventDefault();
      return;
    }
    holdBackSecondSubmit(form);
  });

  document.addEventListener("click", (event) => {
    const target = event.target.closest(
      "[data-text-size], [data-menu-toggle], [data-dialog-open], [data-dialog-close], [data-confirm-yes], [data-confirm-no], [data-print]",
    );
    closeMenuGroups(event.target.closest("[data-menu-group]"));
    if (!target) {
      if (event.target instanceof HTMLDialogElement) {
        event.target.close();
      }
      return;
    }
    if (target.dataset.textSize) {
      setTextSize(target.dataset.textSize);
    } else if ("menuToggle" in target.dataset) {
      toggleMenu(target);
    } else if ("dialogOpen" in target.dataset) {
      openDialog(target, event);
    } else if ("dialogClose" in target.dataset) {
      event.preventDefault();
      target.closest("dialog")?.close();
    } else if ("confirmYes" in target.dataset) {
      target.closest("dialog").close("yes");
    } else if ("confirmNo" in target.dataset) {
      target.closest("dialog").close("no");
    } else if ("print" in target.dataset) {
      window.print();
    }
  });

  // A choice that brings a text with it: copied for editing, never over what somebody wrote.
  function fillText(select) {
    const area = document.getElementById(select.dataset.fills);
    const texts = [...select.options].map((option) => option.dataset.text ?? "");
    if (area && (area.value.trim() === "" || texts.includes(area.value.trim()))) {
      area.value = select.selectedOptions[0]?.dataset.text ?? "";
    }
  }

  function tickAll(box) {
    for (const other of document.querySelectorAll(`input[type=checkbox][name="${box.dataset.tickAll}"]`)) {
      other.checked = box.checked;
    }
  }

  document.addEventListener("change", (event) => {
    if (event.target.dataset?.fills) {
      fillText(event.target);
    } else if (event.target.dataset?.tickAll) {
      tickAll(event.target);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") {
      return;
    }
    const group = document.querySelector("[data-menu-group][open]");
    if (group) {
      group.open = false;
      group.querySelector("summary").focus();
    }
  });

  // A page taken from the browser's history must be usable again.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-submitted]")) {
      release(form);
    }
  });

  // What scrolls sideways in the admin's own tables must be within reach of the keyboard.
  function openToKeyboard() {
    for (const box of document.querySelectorAll(".inline-group, .inline-group .tabular, .results")) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
      }
    }
  }

  openToKeyboard();
  window.addEventListener("resize", openToKeyboard);
  markTextSize();
  document.querySelector("[data-focus]")?.focus();
})();
