// Drafts: a form with data-autosave is sent to that URL a moment after the last change. Files are not part of it.
(() => {
  const DELAY = 1500;
  const timers = new WeakMap();

  function show(form, text, failed) {
    const status = form.querySelector("[data-autosave-status]");
    if (status) {
      status.textContent = text;
      status.classList.toggle("is-failed", failed);
    }
  }

  function fields(form) {
    const entries = new FormData(form);
    for (const [name, value] of [...entries]) {
      if (value instanceof File) {
        entries.delete(name);
      }
    }
    return entries;
  }

  async function save(form) {
    const texts = form.querySelector("[data-autosave-status]")?.dataset ?? {};
    show(form, texts.textSaving ?? "", false);
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST",
        body: fields(form),
        credentials: "same-origin",
        redirect: "manual",
        headers: { "X-Requested-With": "XMLHttpRequest" },
      });
      // A redirect means the session has ended: the draft did not arrive.
      if (!answer.ok) {
        throw new Error(String(answer.status));
      }
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      show(form, `${texts.textSaved ?? ""} ${time}`, false);
    } catch {
      show(form, texts.textFailed ?? "", true);
    }
  }

  function plan(event) {
    const form = event.target instanceof Element ? event.target.closest("form[data-autosave]") : null;
    if (!form || form.dataset.submitted) {
      return;
    }
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), DELAY));
  }

  document.addEventListener("input", plan);
  document.addEventListener("change", plan);
  document.addEventListener("submit", (event) => clearTimeout(timers.get(event.target)));
})();
