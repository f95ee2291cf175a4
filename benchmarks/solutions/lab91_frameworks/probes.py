from autograder.authoring import Case, Tolerance, probe


@probe(visible=[Case(N=3, D=4)], hidden=[Case(N=4, D=5)], tolerance=Tolerance(any_float=True))
def candidate_matches(rng, case, ref):
    return {"x": rng.normal(size=(case.N, case.D))}


@probe(visible=[Case(N=3, D=4)], hidden=[Case(N=4, D=5)])
def gate_matches(rng, case, ref):
    return {"x": rng.normal(size=(case.N, case.D))}
