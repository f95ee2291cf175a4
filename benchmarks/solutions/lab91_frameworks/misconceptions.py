from autograder.authoring import Misconception

MISCONCEPTIONS = [
    Misconception(
        "candidate-sigmoid",
        "candidate",
        find="torch.tanh",
        replace="torch.sigmoid",
        hint="Your candidate is never negative: a sigmoid cannot take anything away from the state.",
    ),
]
