"""The class report: a page, CSV files and a table in the terminal, from a graded class."""

from autograder.report._text import cell as spreadsheet_cell
from autograder.report.index import IndexEntry, index_entry, write_index
from autograder.report.page import ReportFiles, write_report
from autograder.report.table import print_class

__all__ = [
    "IndexEntry",
    "ReportFiles",
    "index_entry",
    "print_class",
    "spreadsheet_cell",
    "write_index",
    "write_report",
]
