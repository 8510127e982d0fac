// What a phone can do with a receipt: copy it, and save it as a picture. Without this one writes it down.
const copy = document.querySelector("[data-copy]");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.textContent = copy.dataset.done;
  });
}

// The picture has what the receipt's frame has: number, code, and the picture that opens the appeal.
const save = document.querySelector("[data-picture]");
const way = document.querySelector(".receipt__way img");
if (save && way) {
  save.hidden = false;
  save.addEventListener("click", async () => {
    await way.decode();
    const canvas = document.createElement("canvas");
    const [width, edge, side] = [720, 48, 360];
    const lines = [...document.querySelectorAll(".receipt__codes dt, .receipt__codes dd")];
    canvas.width = width;
    canvas.height = edge * 2 + lines.length * 56 + side + 160;
    const pen = canvas.getContext("2d");
    const font = (size, weight, family) => `${weight} ${size}px ${family}`;
    const words = getComputedStyle(document.body).fontFamily;
    pen.fillStyle = "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.fillStyle = "#1c2a33";
    pen.textBaseline = "top";
    let top = edge;
    pen.font = font(32, "bold", words);
    pen.fillText(document.querySelector(".site-header__name").textContent.trim(), edge, top);
    top += 72;
    for (const line of lines) {
      const isName = line.tagName === "DT";
      pen.font = isName ? font(26, "normal", words) : font(36, "bold", "monospace");
      pen.fillText(line.textContent.trim(), edge, top);
      top += isName ? 40 : 72;
    }
    pen.drawImage(way, (width - side) / 2, top, side, side);
    pen.font = font(24, "normal", words);
    pen.textAlign = "center";
    pen.fillText(document.querySelector(".receipt__way figcaption").textContent, width / 2, top + side + 8);
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${save.dataset.picture}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
    }, "image/png");
  });
}
