"""Write the figures of one run into README.md and draw growth.png: `report.py RUN.json`."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

HERE = Path(__file__).parent
README = HERE / "README.md"
PLOT = HERE / "growth.png"
BEGIN, END = "<!-- figures of the last run -->", "<!-- end of figures -->"
EXACT = 1e-3  # px
COLOURS = {"flow": "C0", "Delaunay": "C1", "memset": "0.45"}

Extra = dict[str, Any]


class Line(NamedTuple):
    """One line of the plot: medians in seconds over what grows."""

    axis: str
    series: str
    counts: list[int]
    seconds: list[float]
    limit: float | None

    @property
    def exponent(self) -> float:
        """The power of what grows that fits the cost best, by least squares of the logarithms."""
        return float(np.polyfit(np.log(self.counts), np.log(self.seconds), 1)[0])


def main(path: Path) -> None:
    run = json.loads(path.read_text())
    lines = growth_lines(run)
    comparisons = [b["extra_info"] for b in run["benchmarks"] if "ratio" in b["extra_info"]]
    figures = [machine(run), "", *ratio_table(comparisons), "", *count_table(run), ""]
    figures += growth_table(lines)
    picture = f"![Cost as pixels, landmarks and pairs grow]({PLOT.name})"
    insert("\n".join([*figures, "", picture]))
    draw(lines)
    for row in figures:
        if "missed" in row:
            print(row)


def machine(run: Extra) -> str:
    """Where and when: one paragraph."""
    info = run["machine_info"]
    versions = ", ".join(f"{name} {number}" for name, number in info["versions"].items())
    commit = run["commit_info"]
    changed = " with changes" if commit.get("dirty") else ""
    return (
        f"{info['cpu'].get('brand_raw', info['processor'])}, {info['cores']} cores, "
        f"{info['system']} {info['machine']}; Python {info['python_version']}, {versions}; "
        f"commit {(commit.get('id') or 'unknown')[:10]}{changed}; {run['datetime'][:10]}."
    )


def ratio_table(comparisons: list[Extra]) -> list[str]:
    """A row for each pair of calls: those with a target first, and of these the flow."""
    rows = [
        "| what | A | takes | B | takes | A / B (quartiles) | to reach | |",
        "|---|---|---:|---|---:|---:|---|---|",
    ]
    return rows + [ratio_row(extra) for extra in sorted(comparisons, key=rank)]


def rank(extra: Extra) -> tuple[bool, bool]:
    return extra["target"] is None, "flow field" not in extra["what"]


def ratio_row(extra: Extra) -> str:
    """What was timed, both medians, the median of the paired ratios, and the verdict."""
    low, high = extra["quartiles"]
    wanted, verdict = "", ""
    if extra["target"] is not None:
        sense, value = extra["target"]
        wanted = f"{sense} {value:,g}"
        reached = extra["ratio"] <= value if sense == "at most" else extra["ratio"] >= value
        verdict = "reached" if reached else "**missed**"
    cells = (
        extra["what"],
        extra["subject"] + inexact(extra),
        duration(extra["subject_s"]),
        extra["reference"] + apart(extra),
        duration(extra["reference_s"]),
        f"{number(extra['ratio'])} ({number(low)} to {number(high)})",
        wanted,
        verdict,
    )
    return f"| {' | '.join(cells)} |"


def inexact(extra: Extra) -> str:
    """How far a peer is from the flow that the others agree on."""
    pixels = extra.get("disagreement_px", 0)
    return f" (off by up to {pixels:.2g} px)" if pixels > EXACT else ""


def apart(extra: Extra) -> str:
    """How far our landmarks are from those of the peer."""
    return f" ({extra['apart_px']:.2g} px apart)" if "apart_px" in extra else ""


def count_table(run: Extra) -> list[str]:
    """What is counted and not timed."""
    rows = ["| counted | faceflow | reference system | to reach | |", "|---|---:|---:|---|---|"]
    for extra in (b["extra_info"] for b in run["benchmarks"] if "counted" in b["extra_info"]):
        verdict = "reached" if extra["count"] <= extra["most"] else "**missed**"
        cells = (extra["counted"], f"{extra['count']}", extra["peer"], f"at most {extra['most']}")
        rows.append(f"| {' | '.join((*cells, verdict))} |")
    return rows


def growth_table(lines: list[Line]) -> list[str]:
    """The exponent of each line."""
    rows = [
        "| grows | cost of | from | to | exponent | to reach | |",
        "|---|---|---:|---:|---:|---|---|",
    ]
    for line in lines:
        wanted, verdict = "", ""
        if line.limit is not None:
            wanted = f"at most {line.limit:g}"
            verdict = "reached" if line.exponent <= line.limit else "**missed**"
        cells = (
            f"{line.axis}, {line.counts[0]:,} to {line.counts[-1]:,}",
            line.series,
            duration(line.seconds[0]),
            duration(line.seconds[-1]),
            f"{line.exponent:.2f}",
            wanted,
            verdict,
        )
        rows.append(f"| {' | '.join(cells)} |")
    return rows


def growth_lines(run: Extra) -> list[Line]:
    """The points of `test_growth.py`, gathered by what grows and by series."""
    points: dict[tuple[str, str], list[tuple[int, float, float | None]]] = defaultdict(list)
    for benchmark in run["benchmarks"]:
        extra = benchmark["extra_info"]
        if "axis" in extra:
            point = (extra["count"], benchmark["stats"]["median"], extra["limit"])
            points[extra["axis"], extra["series"]].append(point)
    lines = []
    for (axis, series), unsorted in points.items():
        counts, seconds, limits = zip(*sorted(unsorted), strict=True)
        lines.append(Line(axis, series, list(counts), list(seconds), limits[0]))
    return lines


def draw(lines: list[Line]) -> None:
    """One log-log panel for each thing that grows, with lines of slope 1 behind."""
    axes_names = list(dict.fromkeys(line.axis for line in lines))
    figure, panels = plt.subplots(1, len(axes_names), figsize=(12, 4), layout="constrained")
    for panel, axis in zip(panels, axes_names, strict=True):
        draw_panel(panel, axis, [line for line in lines if line.axis == axis])
    figure.savefig(PLOT, dpi=90)
    plt.close(figure)


def draw_panel(panel: Axes, axis: str, lines: list[Line]) -> None:
    for line in lines:
        style = "--o" if line.series.endswith("numba") else "-o"
        colour = COLOURS[line.series.split(",")[0]]
        label = f"{line.series}: {line.exponent:.2f}"
        panel.loglog(line.counts, line.seconds, style, color=colour, markersize=4, label=label)
    counts = np.array(
        [min(line.counts[0] for line in lines), max(line.counts[-1] for line in lines)]
    )
    limits = panel.get_ylim()
    for decade in range(-12, 3):
        panel.loglog(counts, counts * 10.0**decade, color="0.85", linewidth=0.8, zorder=0)
    panel.set(ylim=limits, xlabel=axis, ylabel="seconds (median)", title=f"cost as {axis} grow")
    panel.legend(fontsize=8, title="fitted exponent", title_fontsize=8)


def duration(seconds: float) -> str:
    """Three figures and a unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def number(ratio: float) -> str:
    """Three figures, none after the point above 100."""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def insert(figures: str) -> None:
    """Replace what stands between the markers of README.md."""
    text = README.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise SystemExit(f"{README}: the markers {BEGIN} and {END} have to be there once each")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{figures}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: report.py RUN.json")
    main(Path(sys.argv[1]))
