"""A small picture of where an answer is off: |got - wanted| over time and units, without a plotting library.

Size tells the error as well as colour does: the larger the square, the larger the error, on a log scale. What
is right to a hundred-millionth of the largest error stays blank; NaN and infinity are crosses.
"""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from autograder.model import Mismatch
from autograder.student.axes import axis_names, place

Levels = npt.NDArray[np.int64]
Errors = npt.NDArray[np.float64]

NAN = -1
# An error's level is how many of these fractions of the largest error it reaches: 0 is right, 5 the worst.
FRACTIONS = (1e-8, 1e-4, 1e-2, 1e-1, 1 / 3)
COLUMNS, ROWS, BLOCKS = 40, 12, 4


@dataclass(frozen=True)
class Grid:
    """An error array as blocks of levels (rows, columns), one block per batch entry, small enough to draw.

    `across` and `down` are words for the axes, `columns` and `rows` their true lengths; a drawn cell is the
    largest of `pool` = (rows, columns) entries. `names` are the blocks' captions.
    """

    blocks: tuple[Levels, ...]
    names: tuple[str, ...]
    across: str
    down: str
    rows: int
    columns: int
    pool: tuple[int, int]
    largest: float
    left_out: int = 0

    def has(self, level: int) -> bool:
        """Whether some cell has this level."""
        return any(bool((block == level).any()) for block in self.blocks)

    @property
    def starts(self) -> dict[int, float]:
        """The levels above 0 that occur, and the error that each starts at."""
        used = [level for level in range(1, len(FRACTIONS) + 1) if self.has(level)]
        return {level: FRACTIONS[level - 1] * self.largest for level in used}


def grid(mismatch: Mismatch) -> Grid | None:
    """The error of one output, folded for drawing; None where there is none or it is a single number."""
    error = mismatch.error
    if error is None or np.ndim(error) == 0 or np.size(error) < 2:
        return None
    error = np.abs(np.asarray(error, dtype=np.float64))
    names = axis_names(mismatch.output, error.ndim) or tuple(f"axis {axis}" for axis in range(error.ndim))
    finite = error[np.isfinite(error)]
    largest = float(finite.max(initial=0.0))
    if error.ndim == 3:
        return _by_batch(error, names, largest)
    if error.ndim == 1:
        table, across, down = error[None, :], names[0], ""
    elif error.ndim == 2:
        table, across, down = error, names[1], names[0]
    else:
        table = error.reshape(-1, error.shape[-1])
        across, down = names[-1], f"axes 0 to {error.ndim - 2}"
    pool = _pool(table.shape, ROWS, COLUMNS)
    block = _levels(_pooled(table, pool), largest)
    return Grid((block,), ("",), across, down, len(table), table.shape[1], pool, largest)


def _by_batch(error: Errors, names: tuple[str, ...], largest: float) -> Grid:
    """(T, N, H): for each batch entry a block, time to the right and units downwards."""
    time, batch, units = error.shape
    worst = np.max(np.where(np.isfinite(error), error, np.inf), axis=(0, 2))
    shown = sorted(np.argsort(-worst, kind="stable")[:BLOCKS].tolist())
    pool = _pool((units, time), ROWS, COLUMNS // len(shown))
    blocks = tuple(_levels(_pooled(error[:, entry].T, pool), largest) for entry in shown)
    captions = tuple(f"{names[1]} {entry}" for entry in shown)
    return Grid(blocks, captions, names[0], names[2], units, time, pool, largest, batch - len(shown))


def _pool(shape: tuple[int, ...], rows: int, columns: int) -> tuple[int, int]:
    return -(-shape[0] // rows), -(-shape[1] // columns)


def _pooled(table: Errors, pool: tuple[int, int]) -> Errors:
    """The largest error of each patch; NaN counts as infinite."""
    table = np.where(np.isfinite(table), table, np.inf)
    for axis, step in enumerate(pool):
        table = np.maximum.reduceat(table, range(0, table.shape[axis], step), axis=axis)
    return table


def _levels(table: Errors, largest: float) -> Levels:
    reached = np.zeros(table.shape, dtype=np.int64)
    for fraction in FRACTIONS:
        reached += (table >= fraction * largest) & (table > 0)
    reached[~np.isfinite(table)] = NAN
    return reached


def description(mismatch: Mismatch, drawn: Grid) -> str:
    """The picture in words, for those who do not see it."""
    wrong = sum(int(np.count_nonzero(block)) for block in drawn.blocks)
    cells = sum(block.size for block in drawn.blocks)
    down = f" by {drawn.rows} along {drawn.down}" if drawn.down else ""
    size = f"{drawn.columns} along {drawn.across}{down}"
    text = f"Error of {mismatch.output}, {size}: {wrong} of {cells} cells are off"
    if drawn.has(NAN):
        text += ", some are NaN or infinite"
    elif mismatch.where:
        text += f", the largest error, {mismatch.largest:.2g}, is at {place(mismatch.output, mismatch.where)}"
    return text + "."


def notes(drawn: Grid) -> list[str]:
    """What the drawing leaves out, in words."""
    told = []
    rows, columns = drawn.pool
    if rows > 1:
        told.append(f"each cell is the largest of {rows} × {columns} entries")
    elif columns > 1:
        told.append(f"each cell is the largest of {columns} along {drawn.across}")
    if drawn.left_out:
        told.append(f"{drawn.left_out} batch entries with smaller errors are left out")
    return told


# --- SVG -------------------------------------------------------------------------------------------------

CELL = 12
_SIDES = (0, 2, 4, 6, 8, 10)  # even, so that a square's corner and middle are whole numbers
_LEFT, _TOP, _GAP = 46, 16, 12
_TEXT = 'font-size="10" fill="currentColor"'
# The page may set --unrolled-heat; without it a tone that keeps 3:1 on white and on near-black stands in.
_HEAT = "var(--unrolled-heat,#c4591b)"


def error_svg(mismatch: Mismatch) -> str:
    """An inline SVG of the error, under 10 kB, or "" where there is nothing to draw.

    It takes its text colour from the page, tells sizes by area as well as by tone, and describes itself.
    """
    drawn = grid(mismatch)
    if drawn is None:
        return ""
    body, width, height = _bars(drawn) if not drawn.down else _maps(drawn)
    legend, legend_width = _legend(drawn, height + 4)
    width, height = max(width, legend_width), height + 20
    for note in notes(drawn):
        body += f'<text x="0" y="{height + 8}" {_TEXT}>{html.escape(note)}</text>'
        width, height = max(width, 5 * len(note)), height + 14
    words = html.escape(description(mismatch, drawn), quote=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{words}" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" font-family="inherit" '
        f'style="display:block;max-width:100%;height:auto">'
        f"<title>{words}</title> {body}{legend}</svg>"
    ).replace("</text>", "</text> ")  # a page that strips the drawing keeps its words, and then apart


def _maps(drawn: Grid) -> tuple[str, int, int]:
    """Blocks of squares side by side, with the axes' words; also the width and height used."""
    rows, columns = drawn.blocks[0].shape
    top = _TOP if drawn.names[0] else 4
    bottom = top + rows * CELL
    body, x = [], _LEFT
    for block, name in zip(drawn.blocks, drawn.names, strict=True):
        body.append(_plate(x, top, rows, columns))
        body.append(_squares(block, x, top))
        if name:
            body.append(f'<text x="{x}" y="11" {_TEXT}>{html.escape(name)}</text>')
        x += columns * CELL + _GAP
    body.append(_down_axis(drawn, top, bottom))
    body.append(_across_axis(drawn, _LEFT, bottom + 11))
    return "".join(body), max(x - _GAP, _LEFT + 110) + 2, bottom + 16


def _down_axis(drawn: Grid, top: int, bottom: int) -> str:
    """The first and last index beside the first block, and the axis' word to their left."""
    middle = top + 10 if bottom - top < 40 else (top + bottom) // 2 + 3
    numbers = [(0, top + 10)] + ([(drawn.rows - 1, bottom - 2)] if drawn.rows > 1 else [])
    labels = "".join(
        f'<text x="{_LEFT - 4}" y="{y}" text-anchor="end" {_TEXT}>{n}</text>' for n, y in numbers
    )
    return labels + f'<text x="0" y="{middle}" {_TEXT}>{html.escape(drawn.down[:7])}</text>'


def _across_axis(drawn: Grid, left: int, y: int) -> str:
    word = f"{html.escape(drawn.across)} 0 to {drawn.columns - 1} →"
    return f'<text x="{left}" y="{y}" {_TEXT}>{word}</text>'


def _plate(x: int, y: int, rows: int, columns: int) -> str:
    """The cells' ground and hairlines, so that blank cells can be counted."""
    lines = "".join(f"M{x} {y + row * CELL}h{columns * CELL}" for row in range(rows + 1))
    lines += "".join(f"M{x + column * CELL} {y}v{rows * CELL}" for column in range(columns + 1))
    return f'<path d="{lines}" stroke="currentColor" stroke-opacity=".22" fill="none"/>'


def _squares(block: Levels, x: int, y: int) -> str:
    """All cells of a block, one path per level."""

    def places(level: int) -> list[tuple[int, int]]:
        return [(x + column * CELL, y + row * CELL) for row, column in np.argwhere(block == level).tolist()]

    squares = {level: "".join(_square(*at, level) for at in places(level)) for level in range(1, len(_SIDES))}
    crosses = "".join(_diagonals(*at) for at in places(NAN))
    heat = "".join(_heat(path, level) for level, path in squares.items() if path)
    return heat + (_cross(crosses) if crosses else "")


def _diagonals(x: int, y: int) -> str:
    return f"M{x + 2} {y + 2}l8 8m0-8l-8 8"


def _square(x: int, y: int, level: int) -> str:
    """A square as a stroke as wide as it is long: half the bytes of an outline."""
    return f"M{x + (CELL - _SIDES[level]) // 2} {y + CELL // 2}h{_SIDES[level]}"


def _heat(path: str, level: int) -> str:
    opacity = (0, 0.75, 0.8, 0.85, 0.9, 1)[level]
    return f'<path d="{path}" style="stroke:{_HEAT};stroke-width:{_SIDES[level]};stroke-opacity:{opacity}"/>'


def _cross(path: str) -> str:
    return f'<path d="{path}" stroke="currentColor" stroke-width="2" fill="none"/>'


def _bars(drawn: Grid) -> tuple[str, int, int]:
    """One axis: a bar per entry, its height by level."""
    levels = drawn.blocks[0][0]
    floor, step = 48, 9
    right = _LEFT + len(levels) * CELL
    bars, crosses = "", ""
    for index, level in enumerate(levels.tolist()):
        x = _LEFT + index * CELL
        if level > 0:
            bars += f"M{x + CELL // 2} {floor}v-{step * level}"
        elif level == NAN:
            crosses += _diagonals(x, floor - CELL)
    body = f'<path d="M{_LEFT} {floor}H{right}" stroke="currentColor" stroke-opacity=".5"/>'
    body += (_heat(bars, 5) if bars else "") + (_cross(crosses) if crosses else "")
    body += _across_axis(drawn, _LEFT, floor + 12)
    return body, max(right, _LEFT + 110) + 2, floor + 18


def _legend(drawn: Grid, y: int) -> tuple[str, int]:
    """Each size of square with the error that it starts at; also the width used."""
    body, x = [], 0
    if drawn.starts:
        body, x = [f'<text x="0" y="{y + 11}" {_TEXT}>|error| ≥</text>'], _LEFT + 6
    for level, start in drawn.starts.items():
        label = f"{start:.0e}" if level < 3 else f"{start:.2g}"
        body.append(_heat(_square(x, y, level), level))
        body.append(f'<text x="{x + 15}" y="{y + 11}" {_TEXT}>{label}</text>')
        x += 24 + 6 * len(label)
    if drawn.has(NAN):
        body.append(_cross(_diagonals(x, y)))
        body.append(f'<text x="{x + 15}" y="{y + 11}" {_TEXT}>NaN or infinite</text>')
        x += 100
    if drawn.has(0):
        body.append(f'<text x="{x}" y="{y + 11}" {_TEXT}>blank: right</text>')
        x += 66
    return "".join(body), x


# --- characters ------------------------------------------------------------------------------------------

SHADES = "·░░▒▓█"
ASCII_SHADES = ".--+*#"


def error_text(mismatch: Mismatch, *, unicode: bool = True) -> list[str]:
    """The same picture in characters, as lines; [] where there is nothing to draw."""
    drawn = grid(mismatch)
    if drawn is None:
        return []
    shades, cross = (SHADES, "×") if unicode else (ASCII_SHADES, "x")

    def cells(row: Levels) -> str:
        return "".join(cross if level == NAN else shades[level] for level in row.tolist())

    return [*_captions(drawn), *_rows(drawn, cells), *_key(drawn, shades, cross)]


def _captions(drawn: Grid) -> list[str]:
    across = f"{drawn.across} 0 to {drawn.columns - 1} ->"
    head = f"{drawn.down} down, {across}" if drawn.down else across
    if len(drawn.names) == 1:
        return [head]
    return [f"{head}; blocks: {', '.join(drawn.names)}"]


def _rows(drawn: Grid, cells: Callable[[Levels], str]) -> list[str]:
    width = len(str(drawn.rows - 1))
    lines = []
    for row in range(len(drawn.blocks[0])):
        label = f"{row * drawn.pool[0]:>{width}} " if drawn.down else ""
        lines.append(label + "  ".join(cells(block[row]) for block in drawn.blocks))
    return lines


def _key(drawn: Grid, shades: str, cross: str) -> list[str]:
    lowest: dict[str, float] = {}
    for level, start in drawn.starts.items():
        lowest.setdefault(shades[level], start)
    key = "|error|:" + (f" {shades[0]} right" if drawn.has(0) else "")
    key += "".join(f"  {shade} from {value:.1g}" for shade, value in lowest.items())
    return [key + (f"  {cross} NaN or infinite" if drawn.has(NAN) else ""), *notes(drawn)]
