// What makes the citizen's pages quicker to use; each of them works without.

// Only the streets of the chosen district are offered.
const district = document.querySelector("form[data-keep] [name=district]");
if (district) {
  const street = district.form.elements.street;
  const groups = [...street.querySelectorAll("optgroup")];
  const narrow = () => {
    const name = district.value && district.selectedOptions[0].textContent;
    for (const group of groups) {
      const fits = !name || group.label === name;
      if (!fits && group.contains(street.selectedOptions[0])) street.value = "";
      if (fits) street.append(group);
      else group.remove();
    }
  };
  district.addEventListener("change", narrow);
  narrow();
}

// The receipt's picture leads here with number and code behind the #, which no server sees.
const follow = document.querySelector("form[data-follow]");
if (follow && location.hash.includes(".")) {
  const [number, code] = decodeURIComponent(location.hash.slice(1)).split(".");
  history.replaceState(null, "", location.pathname + location.search);
  follow.elements.number.value = number;
  follow.elements.code.value = code;
  follow.requestSubmit();
}
