"use strict";
(() => {
  const data = JSON.parse(document.getElementById("player-data").textContent);
  const part = (name) => document.getElementById(`player-${name}`);
  const select = part("sequence"), slider = part("slider"), play = part("play");
  let sequence, frames, pairs, timer = null;

  // The lists as report/players.py packs them.
  const names = (ranges) => ranges.flatMap(([prefix, first, digits, many]) =>
    digits === 0 ? [prefix]
      : Array.from({ length: many }, (_, i) => prefix + String(first + i).padStart(digits, "0")));
  const steps = (runs) => runs.flatMap(([first, second, a, b, many]) =>
    Array.from({ length: many }, (_, i) => [first + a * i, second + b * i]));

  const readable = (name) => {
    try { return decodeURIComponent(name); } catch { return name; }
  };

  // The files' names as dataset/layout.py makes them.
  const files = ([a, b]) => {
    const backward = b < a, first = frames[a], second = frames[b];
    const [early, late] = backward ? [second, first] : [first, second];
    const stem = (data.from_first ? `${early}_${late}` : early) + (backward ? "_backward" : "");
    const mesh = !backward ? second : data.from_first ? stem : `${second}_backward`;
    const folder = (kind) => `./${sequence.subject}/${kind}${sequence.sequence}/`;
    return {
      frame: data.suffix && `${folder("flow_")}${first}${data.suffix}`,
      flow: sequence.flow && `${folder("flow_viz_")}${stem}.png`,
      mesh: sequence.mesh && `${folder("flow_viz_")}${mesh}_tri.png`,
    };
  };

  const display = (kind, address, text) => {
    const figure = part(kind), image = figure.querySelector("img");
    figure.hidden = !address && address !== null;
    figure.classList.toggle("missing", !address);
    if (!address) { image.removeAttribute("src"); return; }
    image.alt = text;
    if (image.getAttribute("src") !== address) image.src = address;
  };

  const show = (number) => {
    slider.value = number;
    const pair = pairs[number], longest = sequence.longest[number];
    if (!pair) { part("state").textContent = "No pairs."; return; }
    const known = longest >= 0, addresses = files(pair);
    const [first, second] = pair.map((frame) => readable(frames[frame]));
    display("frame", addresses.frame, `Frame ${first}`);
    for (const [kind, text] of [["flow", "Flow"], ["mesh", "Triangles"]]) {
      const address = addresses[kind];
      display(kind, address && !known ? null : address, `${text}, ${first} to ${second}`);
    }
    const motion = known ? `longest vector ${(longest / 100).toFixed(2)} px` : "no flow";
    const state = `${first} → ${second}: ${motion} (${number + 1} of ${pairs.length})`;
    part("state").textContent = state;
    slider.setAttribute("aria-valuetext", state);
  };

  const step = (by) => {
    const last = pairs.length - 1, next = Number(slider.value) + by;
    show(Math.min(Math.max(next, 0), Math.max(last, 0)));
  };

  const pause = () => {
    clearInterval(timer);
    timer = null;
    play.textContent = "Play";
  };
  const start = () => {
    pause();
    play.textContent = "Pause";
    timer = setInterval(() => {
      const loading = [...document.querySelectorAll("#player img[src]")].some((i) => !i.complete);
      if (!loading) show(Number(slider.value) + 1 < pairs.length ? Number(slider.value) + 1 : 0);
    }, 1000 / Number(part("rate").value));
  };

  const open = (number) => {
    pause();
    sequence = data.sequences[number];
    frames = names(sequence.frames);
    pairs = steps(sequence.pairs);
    slider.max = Math.max(pairs.length - 1, 0);
    show(0);
  };

  data.sequences.forEach(({ title }, i) => select.add(new Option(title, i)));
  for (const image of document.querySelectorAll("#player figure img")) {
    image.addEventListener("error", () => image.closest("figure").classList.add("missing"));
    image.addEventListener("load", () => {
      image.closest("figure").classList.remove("missing");
      // What is missing later takes as much room, so that nothing jumps.
      const ratio = `${image.naturalWidth} / ${image.naturalHeight}`;
      image.closest(".stage").style.setProperty("--ratio", ratio);
    });
  }
  select.addEventListener("change", () => open(Number(select.value)));
  slider.addEventListener("input", () => { pause(); show(Number(slider.value)); });
  play.addEventListener("click", () => (timer === null ? start() : pause()));
  part("rate").addEventListener("change", () => { if (timer !== null) start(); });
  part("back").addEventListener("click", () => { pause(); step(-1); });
  part("forth").addEventListener("click", () => { pause(); step(1); });

  const keys = {
    ArrowLeft: () => { pause(); step(-1); },
    ArrowRight: () => { pause(); step(1); },
    Home: () => { pause(); show(0); },
    End: () => { pause(); show(Math.max(pairs.length - 1, 0)); },
    " ": () => play.click(),
  };
  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    const own = event.target.closest("select, button, a, summary");
    const atPlayer = part("slider").closest(".player").getBoundingClientRect();
    const seen = atPlayer.bottom > 0 && atPlayer.top < innerHeight;
    const arrow = event.key.startsWith("Arrow");
    if (held || !keys[event.key] || !seen || (own && !(arrow && own.matches("button")))) return;
    event.preventDefault();
    keys[event.key]();
  });
  open(0);
})();
