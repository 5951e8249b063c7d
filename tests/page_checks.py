"""Scripts that ask a page whether everybody can read it."""

CONTRASTS = """
const luminance = (colour) => {
  const [r, g, b] = colour.match(/[0-9.]+/g).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  const colour = getComputedStyle(element).backgroundColor;
  return colour !== "rgba(0, 0, 0, 0)" ? colour : ground(element.parentElement);
};
const texts = document.querySelectorAll("h1, h2, h3, p, a, dt, dd, th, td, figcaption, strong");
return [...texts].map((text) => {
  const [one, other] = [luminance(getComputedStyle(text).color), luminance(ground(text))];
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
});
"""

UNNAMED = """
const all = (what) => [...document.querySelectorAll(what)];
const labelled = (control) => control.labels.length || control.ariaLabel;
return [
  ...all("img").filter((image) => !image.alt),
  ...all("svg:not([aria-hidden])").filter((chart) => !chart.getAttribute("aria-label")),
  ...all("select, input, button").filter((c) => !labelled(c) && !c.textContent.trim()),
].length;
"""
