"""The lectures of Unrolled, and the small toolkit that their notebooks and the labs import.

- `course.data`      generators of toy problems (adding, copy, temporal order, a^n b^n, agreement)
- `course.datasets`  real data: shipped, downloaded, verified
- `course.models`    small recurrent networks in NumPy, forward and backward
- `course.convert`   the same weights for PyTorch and Keras
- `course.plots`     one figure style, and figures that carry their own alternative text
- `course.widgets`   what the lectures let you touch
"""
