// Drafts: a form with data-autosave is sent to that URL a moment after the last change. Files are not part of it.
// Before such a form is submitted the draft is saved once more: if the session has ended meanwhile, the person is told
// and keeps what was typed, instead of landing on the sign-in page without it. Other forms with room for a text keep no
// draft, but look as well whether the session still runs.
(() => {
  const DELAY = 1500;
  const timers = new WeakMap();
  const checking = new WeakSet();
  const passed = new WeakSet();

  function show(form, text, failed, link) {
    const status = form.querySelector("[data-autosave-status]");
    if (status) {
      status.replaceChildren(text);
      status.classList.toggle("is-failed", failed);
      if (link) {
        status.append(" ", link);
      }
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

  function send(form) {
    return fetch(form.dataset.autosave, {
      method: "POST",
      body: fields(form),
      credentials: "same-origin",
      redirect: "manual",
      headers: { "X-Requested-With": "XMLHttpRequest" },
    });
  }

  // After signing in again the old token of the form is worth nothing; the same page, read anew, carries a fresh one.
  async function renewToken() {
    const answer = await readAgain();
    return answer.ok ? takeToken(answer) : false;
  }

  function readAgain() {
    return fetch(window.location.href, { credentials: "same-origin", redirect: "manual" });
  }

  async function takeToken(answer) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector("input[name=csrfmiddlewaretoken]")?.value;
    for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) {
      input.value = token ?? input.value;
    }
    return Boolean(token);
  }

  // "saved", "refused" by the server, "signed-out", or "offline" where no answer came.
  async function outcome(form) {
    if (!form.dataset.autosave) {
      return stillSignedIn();
    }
    let answer = await send(form);
    if (answer.status === 403 && (await renewToken())) {
      answer = await send(form);
    }
    // A redirect leads to the sign-in page: the draft did not arrive.
    if (answer.type === "opaqueredirect") {
      return "signed-out";
    }
    return answer.ok ? "saved" : "refused";
  }

  async function stillSignedIn() {
    const answer = await readAgain();
    if (answer.type === "opaqueredirect") {
      return "signed-out";
    }
    if (answer.ok) {
      await takeToken(answer);
    }
    return "saved";
  }

  // Whether sending the form to a sign-in page would lose something that took time to write.
  function isWritten(form) {
    return (
      form.method === "post" &&
      form.querySelector("[data-autosave-status]") !== null &&
      [...form.querySelectorAll("textarea")].some((area) => area.value.trim() !== "")
    );
  }

  function signIn(texts) {
    const link = document.createElement("a");
    link.href = texts.signIn;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = texts.textSignIn;
    return link;
  }

  async function save(form) {
    const texts = form.querySelector("[data-autosave-status]")?.dataset ?? {};
    show(form, texts.textSaving ?? "", false);
    const state = await outcome(form).catch(() => "offline");
    if (state === "signed-out") {
      show(form, texts.textSignedOut ?? "", true, texts.signIn ? signIn(texts) : null);
    } else if (state !== "saved") {
      show(form, texts.textFailed ?? "", true);
    } else {
      const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit" });
      show(form, texts.textSaved ? `${texts.textSaved} ${time}` : "", false);
    }
    return state;
  }

  function plan(event) {
    const form = event.target instanceof Element ? event.target.closest("form[data-autosave]") : null;
    if (!form || form.dataset.submitted) {
      return;
    }
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => save(form), DELAY));
  }

  async function check(form, submitter) {
    checking.add(form);
    const state = await save(form);
    checking.delete(form);
    // A draft that the server does not want is no reason to hold the form back.
    if (state === "saved" || state === "refused") {
      passed.add(form);
      form.requestSubmit(submitter);
    } else {
      form.querySelector("[data-autosave-status]")?.scrollIntoView({ block: "center" });
    }
  }

  document.addEventListener("input", plan);
  document.addEventListener("change", plan);
  // In the capture phase, ahead of the handler that holds back a second submit.
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      clearTimeout(timers.get(form));
      if (!(form.dataset.autosave || isWritten(form)) || form.dataset.submitted || passed.delete(form)) {
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!checking.has(form)) {
        check(form, event.submitter);
      }
    },
    true,
  );
})();
