# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
#   unrolled:
#     title: A lab for benchmarks that imports both frameworks
#     minutes: 5
#     lecture: 05_lstm
#     preload: [torch, tensorflow]
#     allowed_imports: [numpy, torch, tensorflow, autograder]
#     limits: {cell_cpu_s: 30, cell_wall_s: 60, notebook_cpu_s: 60, notebook_wall_s: 180, memory_mb: 2048}
# ---

# %% [markdown]
# # A lab for benchmarks
# It imports both frameworks and asks for next to nothing, so that a grader's time is the grader's own.

# %% nbgrader={"grade_id": "setup", "locked": true}
import tensorflow as tf
import torch

from autograder import open_lab

lab = open_lab("lab91_frameworks")


# %% tags=["exercise"] nbgrader={"grade_id": "candidate", "solution": true}
def candidate(x):
    """The tanh of x (N, D) by PyTorch, as a NumPy array (N, D)."""
    ### BEGIN SOLUTION
    return torch.tanh(torch.from_numpy(x)).numpy()
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-candidate", "grade": true, "locked": true, "points": 1}
@lab.check
def candidate_matches(x):
    """The candidate of random inputs."""
    return {"candidate": candidate(x)}


# %% tags=["exercise"] nbgrader={"grade_id": "gate", "solution": true}
def gate(x):
    """The sigmoid of x (N, D) by TensorFlow, as a NumPy array (N, D)."""
    ### BEGIN SOLUTION
    return tf.sigmoid(x).numpy()
    ### END SOLUTION


# %% nbgrader={"grade_id": "check-gate", "grade": true, "locked": true, "points": 1}
@lab.check
def gate_matches(x):
    """The gate of random inputs."""
    return {"gate": gate(x)}
