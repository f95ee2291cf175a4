"""Names for invented students, from many places; folder names that nbgrader can carry."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

_GIVEN = (
    "Amina Björn Chiara Dmitri Élodie Farid Gülşen Hiro Ingrid João Kwame Leilani Małgorzata Nikos Oyelaran "
    "Priya Quỳnh Rosalía Søren Tendai Ulrike Václav Wanjiru Ximena Yusuf Željka Aroha Beniamin Ciarán Dina "
    "Эмилия Fatoumata Giorgi Hana Ilir 嘉欣 Katarzyna Linnea Μελίνα Nadia"
).split()
_FAMILY = (
    "Abara Bergström Castellano Dvořák Eriksen Ferreira Grünwald Hakimi Iyer Jónsdóttir Kowalczyk Laurent "
    "Mwangi Nakagawa O'Brien Papadaki Quiroga Raharjo Šimić Tavares Uçar Vandenberghe Whetu Xhaka Yamin "
    "Zieliński Achterberg Boateng Çelik Demir Évrard Fofana Gavrilova Hämäläinen Ivanov 林 Ng Lindqvist "
    "Mahlangu Nowak"
).split()


def invented_names(rng: np.random.Generator) -> Iterator[str]:
    """Names without end, each once."""
    many = len(_GIVEN) * len(_FAMILY)
    round_ = 1
    while True:
        # Two walks side by side, so that the first few dozen share no name.
        given, family = rng.permutation(len(_GIVEN)), rng.permutation(len(_FAMILY))
        for count in range(many):
            first = _GIVEN[given[count % len(_GIVEN)]]
            last = _FAMILY[family[(count + count // len(_GIVEN)) % len(_FAMILY)]]
            yield f"{first} {last}" if round_ == 1 else f"{first} {last} {round_}"
        round_ += 1
