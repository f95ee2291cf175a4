"""The classroom: nbgrader's course, gradebook, formgrader and feedback around our grading.

Nothing is imported here: nbgrader takes a second to load, and a student's check never needs it.

- `course`         make a course, or bring it up to date
- `gradebook`      put results into nbgrader's gradebook, for a whole class in one session
- `feedback`       the pages that go back to the students
- `preprocessors`  what plain `nbgrader autograde` calls in our courses
- `config`         nbgrader's settings in our courses
"""
