// File fields: dropping files, listing what was chosen, taking one out again. The file input stays the source.
(() => {
  function sizeText(bytes) {
    const units = ["B", "KB", "MB", "GB"];
    let size = bytes;
    let unit = 0;
    while (size >= 1024 && unit < units.length - 1) {
      size /= 1024;
      unit += 1;
    }
    return `${unit ? size.toFixed(1) : size} ${units[unit]}`;
  }

  function setFiles(input, files) {
    const transfer = new DataTransfer();
    for (const file of input.multiple ? files : files.slice(-1)) {
      transfer.items.add(file);
    }
    input.files = transfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function part(name, text) {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = text;
    return span;
  }

  function drawList(block) {
    const input = block.querySelector("[data-upload-input]");
    const list = block.querySelector("[data-upload-list]");
    const files = [...input.files];
    list.replaceChildren(
      ...files.map((file, position) => {
        const item = document.createElement("li");
        const remove = document.createElement("button");
        remove.type = "button";
        remove.className = "im-upload-remove";
        remove.textContent = list.dataset.textRemove;
        remove.setAttribute("aria-label", `${list.dataset.textRemove}: ${file.name}`);
        remove.addEventListener("click", () => {
          setFiles(input, files.filter((_, other) => other !== position));
          input.focus();
        });
        item.append(part("im-upload-name", file.name), part("im-upload-size", sizeText(file.size)), remove);
        return item;
      }),
    );
    list.hidden = files.length === 0;
  }

  function blockOf(event) {
    return event.target instanceof Element ? event.target.closest("[data-upload-drop]")?.closest("[data-upload]") : null;
  }

  document.addEventListener("change", (event) => {
    if (event.target instanceof Element && event.target.matches("[data-upload-input]")) {
      const block = event.target.closest("[data-upload]");
      if (block) {
        drawList(block);
      }
    }
  });

  for (const name of ["dragenter", "dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (event) => {
      const block = blockOf(event);
      if (!block) {
        return;
      }
      event.preventDefault();
      block.querySelector("[data-upload-drop]").classList.toggle("is-over", name === "dragenter" || name === "dragover");
      if (name === "drop" && event.dataTransfer?.files.length) {
        const input = block.querySelector("[data-upload-input]");
        const kept = input.multiple ? [...input.files] : [];
        setFiles(input, [...kept, ...event.dataTransfer.files]);
      }
    });
  }
})();
