from autograder.authoring import Case, probe


@probe(visible=[Case(N=3, D=4)], hidden=[Case(N=4, D=5)])
def candidate_matches(rng, case, ref):
    return {"x": rng.normal(size=(case.N, case.D))}


@probe(visible=[Case(N=3, D=4)], hidden=[Case(N=4, D=5)])
def gate_matches(rng, case, ref):
    return {"x": rng.normal(size=(case.N, case.D))}
