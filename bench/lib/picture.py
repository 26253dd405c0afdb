# SPDX-License-Identifier: Apache-2.0
"""Draws results as SVG, readable on a light and on a dark background."""
import math
from xml.sax.saxutils import escape

STYLE = """<style>
text { font: 12px system-ui, sans-serif; fill: #24292f }
.title { font-weight: 600 }
.weak { fill: #57606a }
.ours { fill: #2f81f7 }
.peer { fill: #8c959f }
.line { fill: none; stroke: #2f81f7; stroke-width: 2 }
.grid { stroke: #d0d7de }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .weak { fill: #8b949e }
  .grid { stroke: #30363d }
}
</style>
"""


def document(width, height, parts):
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
            f'viewBox="0 0 {width} {height}">\n{STYLE}' + "\n".join(parts) + "\n</svg>\n")


def label(x, y, words, kind="", anchor="start"):
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def bars(panels, title):
    """Draws panels of (heading, [(name, value, text)]): one bar for each value, on the scale of its
    panel. The bar of vcsd stands out."""
    columns, panel_width, row, gap = 2, 420, 20, 34
    parts, heights = [label(0, 14, title, "title")], [30] * columns
    for heading, values in panels:
        column = heights.index(min(heights))
        left, top = column * (panel_width + 20), heights[column]
        parts.append(label(left, top + 12, heading, "weak"))
        largest = max(value for _, value, _ in values) or 1
        for number, (name, value, text) in enumerate(values):
            y = top + 20 + number * row
            length = max(1, value / largest * (panel_width - 150))
            kind = "ours" if name == "vcsd" else "peer"
            parts.append(label(left + 56, y + 13, name, "", "end"))
            parts.append(f'<rect class="{kind}" x="{left + 62}" y="{y + 2}" width="{length:.1f}" '
                         'height="15" rx="2"/>')
            parts.append(label(left + 68 + length, y + 13, text))
        heights[column] = top + gap + row * len(values)
    return document(columns * panel_width + 20, max(heights), parts)


def position(value, least, most):
    """The place of `value` on a logarithmic scale, from 0 to 1."""
    return 0.5 if most <= least else math.log(value / least) / math.log(most / least)


def curves(panels, title, unit):
    """Draws panels of (heading, [(size, value, text)]): both scales are logarithmic, and each value
    axis spans at least a factor of ten, so that a flat curve looks flat."""
    columns, width, height = 3, 270, 150
    parts = [label(0, 14, title, "title")]
    for number, (heading, points) in enumerate(panels):
        left, top = number % columns * (width + 20), 30 + number // columns * (height + 30)
        parts.append(label(left, top + 12, heading, "weak"))
        floor, plot_top, plot_left = top + height - 18, top + 42, left + 28
        parts.append(f'<path class="grid" d="M{left} {floor}h{width}"/>')
        sizes = [size for size, _, _ in points]
        values = [max(value, 1e-12) for _, value, _ in points]
        middle, span = math.sqrt(min(values) * max(values)), max(10, max(values) / min(values))
        least, most = middle / math.sqrt(span), middle * math.sqrt(span)
        spots = []
        for (size, _, text), value in zip(points, values):
            x = plot_left + position(size, min(sizes), max(sizes)) * (width - 70)
            y = floor - 6 - position(value, least, most) * (floor - 6 - plot_top)
            spots.append(f"{x:.1f},{y:.1f}")
            parts.append(f'<circle class="ours" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
            parts.append(label(x, y - 8, text, "", "middle"))
            parts.append(label(x, floor + 14, unit(size), "weak", "middle"))
        parts.append(f'<polyline class="line" points="{" ".join(spots)}"/>')
    rows = -(-len(panels) // columns)
    return document(columns * (width + 20), 30 + rows * (height + 30), parts)
