"""Real data: what is shipped, what is downloaded, and what is known about each set.

A set is downloaded once, into the user's cache, and verified against the sum in datasets/registry.toml; a
file that is not what it should be is never handed out. `UNROLLED_DATA_MIRROR`, a folder, is asked before
the network.
"""

from __future__ import annotations

import csv
import gzip
import logging
import os
import time
import tomllib
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pooch

from autograder.errors import BadInput
from autograder.places import datasets_dir, named_folder

Floats = npt.NDArray[np.float64]

MIRROR = "UNROLLED_DATA_MIRROR"
ABANDONED_S = 3600.0  # no download of ours takes an hour


@dataclass(frozen=True)
class Dataset:
    """One file of data. `url` is where it is published, `card` the page that says what to beware of."""

    name: str
    sha256: str
    bytes: int
    licence: str
    cite: str
    use: str
    card: Path
    url: str = ""
    shipped: bool = False


def catalogue() -> tuple[Dataset, ...]:
    """Every data set, shipped ones first.

    Raises:
        BadInput: datasets/registry.toml is missing or damaged.
    """
    folder = datasets_dir()
    registry = folder / "registry.toml"
    try:
        entries = tomllib.loads(registry.read_text(encoding="utf-8"))
        sets = [
            Dataset(**{**entry, "name": name, "card": folder / "cards" / f"{entry['card']}.md"})
            for name, entry in entries.items()
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise BadInput(
            f"the list of data sets, {registry}, cannot be read ({reason}): install unrolled again"
        ) from error
    return tuple(sorted(sets, key=lambda dataset: not dataset.shipped))


def fetch(name: str, cache: Path | None = None) -> Path:
    """The verified file of a data set: shipped, cached, from the mirror, or downloaded, in this order.

    `cache` is the folder for downloads, the user's own unless given.

    Raises:
        BadInput: no such set, no network, a file that is not what it should be, a cache that cannot be
            written to. Nothing damaged is left behind.
    """
    dataset = _find(name)
    if dataset.shipped:
        return _verified(dataset, datasets_dir() / name)
    folder = Path(cache if cache is not None else pooch.os_cache("unrolled"))
    # pooch reports on stderr, which nbgrader counts as a failed cell.
    pooch.get_logger().setLevel(logging.WARNING)
    store = pooch.create(path=folder, base_url="", registry={name: dataset.sha256}, urls={name: dataset.url})
    try:
        return _cached(dataset, folder) or Path(store.fetch(name, downloader=_download))
    except OSError as error:  # _download has named all that is not the cache's
        reason = error.strerror or getattr(error.__context__, "strerror", None) or error  # pooch drops it
        raise BadInput(
            f"{name} cannot be kept in the data cache {folder} ({reason}): make that folder and what is in it "
            f"readable and writable, with {dataset.bytes / 1e6:.1f} MB free, or set XDG_CACHE_HOME to one that is"
        ) from error


def at_hand(name: str, cache: Path | None = None) -> bool:
    """Whether `fetch` would need no network: shipped, or whole in the mirror or among what was downloaded.

    Raises:
        BadInput: no such set, or UNROLLED_DATA_MIRROR names no folder.
    """
    dataset = _find(name)
    folder = Path(cache if cache is not None else pooch.os_cache("unrolled"))
    local = _mirrored(name)
    return dataset.shipped or _is_whole(dataset, folder / name) or bool(local and _is_whole(dataset, local))


def _find(name: str) -> Dataset:
    sets = catalogue()
    for dataset in sets:
        if dataset.name == name:
            return dataset
    raise BadInput(f"no data set is called {name!r}; there are {', '.join(dataset.name for dataset in sets)}")


def _verified(dataset: Dataset, path: Path) -> Path:
    try:
        found = pooch.file_hash(str(path))
    except OSError as error:
        raise BadInput(f"the shipped data set {path} cannot be read: install unrolled again") from error
    if found != dataset.sha256:
        raise BadInput(f"the shipped data set {path} has been changed: restore it or install unrolled again")
    return path


def _mirrored(name: str) -> Path | None:
    """The mirror's file of this name, if a mirror is set and has one.

    Raises:
        BadInput: UNROLLED_DATA_MIRROR is set but names no folder, or one that is closed.
    """
    folder = named_folder(MIRROR, "data files")
    if folder is None:
        return None
    try:
        return folder / name if (folder / name).is_file() else None
    except OSError as error:
        raise _unreadable(folder / name, error) from error


def _unreadable(path: Path, error: OSError) -> BadInput:
    return BadInput(f"{path} cannot be read ({error.strerror}): make it readable, or unset {MIRROR}")


def _is_whole(dataset: Dataset, path: Path) -> bool:
    """Whether the file is there, can be read, and is the right one."""
    try:
        return str(pooch.file_hash(str(path))) == dataset.sha256
    except OSError:
        return False


def _cached(dataset: Dataset, folder: Path) -> Path | None:
    """The set's file if the cache has it whole. A damaged one goes, and so does what a killed download left long ago.

    Raises:
        OSError: the cached copy cannot be read, or not removed.
    """
    for left in folder.glob("tmp*"):
        with suppress(OSError):  # a closed cache serves what it holds all the same
            if left.is_file() and time.time() - left.stat().st_mtime > ABANDONED_S:
                left.unlink()
    cached = folder / dataset.name
    if not cached.is_file():
        return None
    if pooch.file_hash(str(cached)) == dataset.sha256:
        return cached
    cached.unlink(missing_ok=True)
    return None


def _download(url: str, output: str, store: pooch.Pooch) -> None:
    """Copy from the mirror, else download, into `output`, which pooch moves to its place.

    Raises:
        BadInput: the mirror's file cannot be read, the download fails, or what came is not what was wanted.
        OSError: `output` cannot be written.
    """
    dataset = _find(next(known for known, address in store.urls.items() if address == url))
    local = _mirrored(dataset.name)
    if local is None:
        _download_from_network(dataset, output, store)
    else:
        try:
            content = local.read_bytes()
        except OSError as error:
            raise _unreadable(local, error) from error
        Path(output).write_bytes(content)
    came = pooch.file_hash(output)
    if came != dataset.sha256:
        raise BadInput(
            f"{dataset.name} from {local or url} is not the file that the course was written for "
            f"({Path(output).stat().st_size:,} bytes with sha256 {came[:12]}… came, {dataset.bytes:,} bytes with "
            f"{dataset.sha256[:12]}… were wanted): nothing was stored; try again, or {_by_hand(dataset)}"
        )


def _download_from_network(dataset: Dataset, output: str, store: pooch.Pooch) -> None:
    import requests.exceptions  # only those who download need it

    try:
        pooch.HTTPDownloader(timeout=30)(dataset.url, output, store)
    except OSError as error:  # requests' own errors are OSErrors too, without a number
        if error.errno is not None and not isinstance(error, requests.exceptions.RequestException):
            raise
        answer = getattr(error, "response", None)
        reason = type(error).__name__ if answer is None else f"HTTP {answer.status_code}"
        asked = (
            f"{os.environ[MIRROR]} has no {dataset.name}, and it" if os.environ.get(MIRROR) else dataset.name
        )
        raise BadInput(
            f"{asked} could not be downloaded from {dataset.url} ({reason}): connect to the network, "
            f"or {_by_hand(dataset)}"
        ) from error


def _by_hand(dataset: Dataset) -> str:
    return f"put a good copy, named {dataset.name}, into a folder and set {MIRROR} to that folder"


# --- readers of the shipped sets ---------------------------------------------------------------------


def airline_passengers() -> tuple[list[str], Floats]:
    """Months "1949-01" to "1960-12" and the passengers of each, in thousands, (144,)."""
    return _monthly("airline-passengers.csv")


def sunspots() -> tuple[list[str], Floats]:
    """Months "1749-01" to "1983-12" and the mean sunspot number of each, (2820,)."""
    return _monthly("monthly-sunspots.csv")


def _monthly(name: str) -> tuple[list[str], Floats]:
    with fetch(name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    return [row[0] for row in rows], np.array([float(row[1]) for row in rows])


def digits() -> tuple[Floats, npt.NDArray[np.int64]]:
    """Images (1797, 8, 8) with ink 0 to 16, and the digit that each shows, (1797,)."""
    with gzip.open(fetch("digits.csv.gz"), "rt", encoding="ascii") as file:
        table = np.loadtxt(file, delimiter=",")
    return table[:, :64].reshape(-1, 8, 8), table[:, 64].astype(np.int64)


def tagged_sentences() -> list[list[tuple[str, str]]]:
    """Sixty sentences as (word, class) pairs; classes are the universal ones (NOUN, VERB, …)."""
    lines = fetch("tagged-sentences.txt").read_text(encoding="utf-8").splitlines()
    return [[_split(token) for token in line.split()] for line in lines]


def _split(token: str) -> tuple[str, str]:
    word, _, tag = token.rpartition("/")
    return word, tag


def treebank(name: str) -> list[list[tuple[str, str]]]:
    """Sentences of a Universal Dependencies file, fetched if need be, as (word, class) pairs.

    name: a data set in CoNLL-U, such as "en_ewt-ud-dev.conllu". Words as written; the parts of a
    contraction count as words of their own, as in the treebank.

    Raises:
        BadInput: as `fetch`.
    """
    return read_conllu(fetch(name).read_text(encoding="utf-8"))


def read_conllu(text: str) -> list[list[tuple[str, str]]]:
    """The sentences of a text in CoNLL-U, as (word, universal class) pairs.

    Lines whose first column is a range (8-9, a contraction) or has a point (8.1, an elided word) are no words.
    """
    sentences: list[list[tuple[str, str]]] = [[]]
    for line in text.splitlines():
        columns = line.split("\t")
        if not line.strip():
            sentences.append([])
        elif columns[0].isdigit():
            sentences[-1].append((columns[1], columns[3]))
    return [sentence for sentence in sentences if sentence]


def sentence_pairs() -> list[tuple[list[str], list[str]]]:
    """Sixty sentences, each as English words and French words, lower case, punctuation apart."""
    lines = fetch("sentence-pairs.tsv").read_text(encoding="utf-8").splitlines()
    return [(english.split(), french.split()) for english, french in (line.split("\t") for line in lines)]
