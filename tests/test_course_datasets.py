from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NoReturn

import pooch
import pytest
import requests

from autograder import cli
from autograder.errors import BadInput
from course import datasets

NAME = "tinyshakespeare.txt"
SHIPPED = [dataset.name for dataset in datasets.catalogue() if dataset.shipped]
DOWNLOADED = [dataset.name for dataset in datasets.catalogue() if not dataset.shipped]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A mirror that holds a small set of a made-up name, with a registry that lists it."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    (folder / "toy.txt").write_text("sixteen letters\n")
    toy = datasets.Dataset(
        "toy.txt", pooch.file_hash(str(folder / "toy.txt")), 16, "ours", "us", "tests", Path("toy.md"), URL
    )
    monkeypatch.setattr(datasets, "catalogue", lambda: (toy,))
    monkeypatch.setenv(datasets.MIRROR, str(folder))
    return folder


URL = "https://data.invalid/toy.txt"


def raise_(error: Exception) -> NoReturn:
    raise error


def refusal(name: str, cache: Path) -> str:
    with pytest.raises(BadInput) as caught:
        datasets.fetch(name, cache)
    message = str(caught.value)
    assert "\n" not in message
    return message


@pytest.mark.parametrize("name", SHIPPED)
def test_when_a_set_is_shipped_its_file_has_the_registered_sum(name: str) -> None:
    assert datasets.fetch(name).is_file()


@pytest.mark.parametrize("dataset", datasets.catalogue(), ids=lambda dataset: dataset.name)
def test_when_a_set_is_registered_its_card_says_all(dataset: datasets.Dataset) -> None:
    card = dataset.card.read_text(encoding="utf-8")
    for part in ("**What.**", "**From.**", "**Licence.**", "**Used for.**", "## Beware", "## Cite"):
        assert part in card
    assert dataset.sha256 in card and dataset.name in card and dataset.licence in card
    assert f"{dataset.bytes:,}" in card
    assert dataset.url in card
    assert dataset.shipped or re.fullmatch(r"https://\S+", dataset.url)


@pytest.mark.parametrize(
    "card", sorted((datasets.datasets_dir() / "cards").glob("*.md")), ids=lambda path: path.stem
)
def test_when_a_card_is_read_it_belongs_to_a_set_and_no_part_of_it_is_empty(card: Path) -> None:
    assert card in {dataset.card for dataset in datasets.catalogue()}
    text = card.read_text(encoding="utf-8")
    for part in ("What", "From", "Licence", "Used for"):
        (said,) = re.findall(rf"^\*\*{part}\.\*\* (.+)$", text, flags=re.M)
        assert said.endswith((".", ")", "below"))
    assert re.search(r"## Beware\n\n- \w.{20,}", text) and re.search(r"## Cite\n\n\w.{20,}\.", text)
    assert re.findall("^#+ .*$", text, flags=re.M)[1:] == ["## Beware", "## Cite", "## Files"]


@pytest.mark.parametrize("dataset", datasets.catalogue(), ids=lambda dataset: dataset.name)
def test_when_a_set_is_to_be_cited_registry_and_card_name_the_same_authors(dataset: datasets.Dataset) -> None:
    _, _, cite = dataset.card.read_text(encoding="utf-8").partition("## Cite")
    authors = re.findall(r"[A-Z][\w'-]+", re.split(r"[(:]| et al", dataset.cite)[0])
    assert authors and all(author in cite for author in authors)


def test_when_the_folder_of_the_shipped_sets_is_listed_each_file_is_registered() -> None:
    files = {path.name for path in datasets.datasets_dir().iterdir() if path.is_file()}
    assert files - {"registry.toml", "__init__.py"} == set(SHIPPED)


def test_when_the_shipped_sets_are_read_they_have_the_shapes_that_the_readers_promise() -> None:
    months, passengers = datasets.airline_passengers()
    assert (months[0], months[-1], passengers.shape, passengers[-1]) == ("1949-01", "1960-12", (144,), 432.0)
    assert datasets.sunspots()[1].shape == (2820,)
    images, labels = datasets.digits()
    assert images.shape == (1797, 8, 8) and images.max() == 16 and set(labels) == set(range(10))
    assert len(datasets.tagged_sentences()) == len(datasets.sentence_pairs()) == 60


def test_when_words_are_tagged_only_universal_classes_are_used_and_many_words_have_several() -> None:
    classes = "NOUN VERB ADJ ADV PRON DET ADP AUX CCONJ SCONJ NUM PART INTJ PROPN PUNCT".split()
    seen: dict[str, set[str]] = {}
    for sentence in datasets.tagged_sentences():
        assert sentence[-1][1] == "PUNCT"
        for word, tag in sentence:
            assert tag in classes, word
            seen.setdefault(word.lower(), set()).add(tag)
    card = (datasets.datasets_dir() / "cards" / "tagged-sentences.md").read_text(encoding="utf-8")
    assert sum(len(tags) > 1 for tags in seen.values()) == 41 and "Forty-one" in card


def test_when_the_name_is_unknown_the_message_lists_those_that_exist(tmp_path: Path) -> None:
    message = refusal("airline.csv", tmp_path)
    assert "'airline.csv'" in message and "airline-passengers.csv" in message


def test_when_a_mirror_is_set_the_network_is_not_asked(mirror: Path, tmp_path: Path) -> None:
    path = datasets.fetch("toy.txt", tmp_path / "cache")
    assert path.read_text() == "sixteen letters\n" and path.parent == tmp_path / "cache"


def test_when_a_file_is_cached_nothing_else_is_asked(mirror: Path, tmp_path: Path) -> None:
    datasets.fetch("toy.txt", tmp_path / "cache")
    (mirror / "toy.txt").unlink()
    assert datasets.fetch("toy.txt", tmp_path / "cache").is_file()


@pytest.mark.parametrize("content", ["sixteen le", "sixteen letterz\n", ""], ids=["half", "changed", "empty"])
def test_when_what_comes_is_wrong_it_is_refused_and_nothing_is_stored(
    mirror: Path, tmp_path: Path, content: str
) -> None:
    (mirror / "toy.txt").write_text(content)
    message = refusal("toy.txt", tmp_path / "cache")
    assert "sha256" in message and str(mirror / "toy.txt") in message
    assert f"{len(content)} bytes" in message and "16 bytes" in message
    assert list((tmp_path / "cache").iterdir()) == []


def test_when_half_a_file_lies_in_the_cache_it_is_replaced(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.txt").write_text("sixteen")
    assert datasets.fetch("toy.txt", tmp_path).read_text() == "sixteen letters\n"


def test_when_a_bad_cached_file_cannot_be_replaced_it_is_not_handed_out(mirror: Path, tmp_path: Path) -> None:
    (tmp_path / "toy.txt").write_text("sixteen")
    (mirror / "toy.txt").write_text("sixteen le")
    refusal("toy.txt", tmp_path)
    assert not (tmp_path / "toy.txt").exists()


@pytest.mark.parametrize("mirror_name", ["~no-such-user/data", "closed/data"])
def test_when_the_mirror_cannot_even_be_looked_for_the_message_says_so(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mirror_name: str
) -> None:
    monkeypatch.setenv(datasets.MIRROR, mirror_name)
    is_dir = Path.is_dir

    def closed(path: Path) -> bool:  # as root no folder is closed, so the error is made
        return raise_(PermissionError(13, "Permission denied")) if "closed" in path.parts else is_dir(path)

    monkeypatch.setattr(Path, "is_dir", closed)
    message = refusal("toy.txt", tmp_path / "cache")
    assert f"{datasets.MIRROR} should name the folder" in message and mirror_name in message


def test_when_the_mirror_s_file_cannot_be_read_it_is_named_and_not_the_cache(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        datasets.Path, "read_bytes", lambda _: raise_(PermissionError(13, "Permission denied"))
    )
    message = refusal("toy.txt", tmp_path / "cache")
    assert str(mirror / "toy.txt") in message and "Permission denied" in message and "cache" not in message


def test_when_a_server_refuses_its_status_and_the_name_to_store_under_are_told(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refused:
        status_code = 404

        def raise_for_status(self) -> None:
            raise requests.exceptions.HTTPError("404", response=self)

        def close(self) -> None:
            pass

    monkeypatch.setattr(requests, "get", lambda *_, **__: Refused())
    (mirror / "toy.txt").rename(mirror / "input.txt")
    message = refusal("toy.txt", tmp_path / "cache")
    assert "HTTP 404" in message and "has no toy.txt" in message and "named toy.txt" in message


def test_when_a_download_was_killed_what_it_left_goes_after_an_hour(mirror: Path, tmp_path: Path) -> None:
    old, young = tmp_path / "tmpold", tmp_path / "tmpyoung"
    for left in (old, young):
        left.write_text("sixt")
    os.utime(old, (0, 0))
    datasets.fetch("toy.txt", tmp_path)
    assert not old.exists() and young.exists()


def test_when_sets_are_listed_one_that_was_fetched_is_here(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    datasets.fetch("toy.txt")
    monkeypatch.delenv(datasets.MIRROR)
    monkeypatch.setattr("sys.argv", ["unrolled", "data", "list"])
    with pytest.raises(SystemExit):
        cli.main()
    assert re.search(r"toy\.txt +here", capsys.readouterr().out)


def test_when_there_is_no_network_the_message_says_what_to_do(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise requests.exceptions.ConnectionError("no route")

    monkeypatch.delenv(datasets.MIRROR)
    monkeypatch.setattr(requests, "get", unreachable)
    message = refusal("toy.txt", tmp_path / "cache")
    assert URL in message and "network" in message and datasets.MIRROR in message
    assert list((tmp_path / "cache").iterdir()) == []


def test_when_the_download_breaks_off_nothing_is_stored(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken:
        def __init__(self) -> None:
            self.headers = {"content-length": "16"}

        def raise_for_status(self) -> None:
            pass

        def iter_content(self, chunk_size: int):
            yield b"sixteen"
            raise requests.exceptions.ChunkedEncodingError("cut")

        def close(self) -> None:
            pass

    monkeypatch.delenv(datasets.MIRROR)
    monkeypatch.setattr(requests, "get", lambda *_, **__: Broken())
    assert "could not be downloaded" in refusal("toy.txt", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_when_the_cache_cannot_be_written_to_the_message_names_it(mirror: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "cache"
    blocked.mkdir()
    blocked.chmod(0o500)
    if os.access(blocked, os.W_OK):  # root may write anywhere: a file in the folder's place stops it too
        blocked.rmdir()
        blocked.write_text("")
        blocked = blocked / "unrolled"
    message = refusal("toy.txt", blocked)
    assert str(blocked) in message and "writable" in message


def test_when_the_cache_cannot_be_written_to_but_has_the_file_it_is_used(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = datasets.fetch("toy.txt", tmp_path / "cache")
    monkeypatch.setattr(pooch.core, "make_local_storage", None)  # whoever wants to write, fails
    (tmp_path / "cache").chmod(0o500)
    assert datasets.fetch("toy.txt", tmp_path / "cache") == path


@pytest.mark.parametrize("wrong", ["no network", "wrong sum", "no room for a cache"])
def test_when_fetching_fails_the_command_says_so_in_one_line_and_leaves_nothing(
    wrong: str,
    mirror: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    if wrong == "no network":
        monkeypatch.delenv(datasets.MIRROR)
        monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # where nobody listens
    elif wrong == "wrong sum":
        (mirror / "toy.txt").write_text("sixteen le")
    else:
        cache.write_text("a file stands where the folder should be")
    monkeypatch.setattr("sys.argv", ["unrolled", "data", "fetch", "toy.txt"])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    said = capsys.readouterr()
    assert stop.value.code == 2 and said.out == ""
    assert said.err.startswith("unrolled: toy.txt ") and said.err.count("\n") == 1
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_when_the_disk_is_full_the_message_says_so(
    mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        datasets.Path, "write_bytes", lambda *_: raise_(OSError(28, "No space left on device"))
    )
    assert "No space left on device" in refusal("toy.txt", tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_when_the_mirror_is_no_folder_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(datasets.MIRROR, str(tmp_path / "nowhere"))
    assert "should name the folder of the data files" in refusal(NAME, tmp_path)


def test_when_the_registry_is_damaged_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datasets, "datasets_dir", lambda: tmp_path)
    for text in (None, "[", '["a"]\nsha256 = "0"\n'):
        if text is not None:
            (tmp_path / "registry.toml").write_text(text)
        assert "registry.toml" in refusal("a", tmp_path)


@pytest.mark.data
@pytest.mark.parametrize("name", DOWNLOADED)
def test_when_downloaded_the_file_is_the_registered_one(name: str, tmp_path: Path) -> None:
    assert datasets.fetch(name, tmp_path).is_file()


CONLLU = """# text = Don't go.
1-2\tDon't\t_\t_
1\tDo\tdo\tAUX
2\tn't\tnot\tPART
2.1\tever\tever\tADV
3\tgo\tgo\tVERB

# text = Stop
1\tStop\tstop\tVERB
"""


def test_when_a_treebank_is_read_ranges_comments_and_elided_words_are_left_out() -> None:
    first = [("Do", "AUX"), ("n't", "PART"), ("go", "VERB")]
    assert datasets.read_conllu(CONLLU) == [first, [("Stop", "VERB")]]


def test_when_a_set_is_neither_shipped_nor_stored_it_is_not_at_hand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(datasets.MIRROR, raising=False)
    assert datasets.at_hand("tagged-sentences.txt")
    assert not datasets.at_hand("en_ewt-ud-dev.conllu", cache=tmp_path)
    (tmp_path / "en_ewt-ud-dev.conllu").touch()
    assert not datasets.at_hand("en_ewt-ud-dev.conllu", cache=tmp_path)  # half a file is none


def test_when_a_set_is_whole_in_the_cache_or_the_mirror_it_is_at_hand(mirror: Path, tmp_path: Path) -> None:
    assert datasets.at_hand("toy.txt", cache=tmp_path / "cache")
    datasets.fetch("toy.txt", tmp_path / "cache")
    (mirror / "toy.txt").write_text("sixteen le")
    assert datasets.at_hand("toy.txt", cache=tmp_path / "cache")
    assert not datasets.at_hand("toy.txt", cache=tmp_path)
