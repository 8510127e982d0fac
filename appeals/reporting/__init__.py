"""The monthly report: counted from a snapshot as of a cut-off, never from the state (Rules 4, 5).

How a figure comes about:

1. `snapshot/` selects appeals, rounds, dispatches and reversals as they were at the cut-off.
2. `measures/` defines for each measure which of these rows are its cases and which of them count.
3. `counting/` counts all measures in all breakdowns in a few statements and stores them as a draft.
   A change of an appeal marks its months dirty; dirty months are counted again within a minute.
4. `findings/` finds what is not a figure: hot topics, repeat filings, shared devices, anomalies.
5. `editions/` turns a reviewed draft into an edition, which never changes: stored whole numbers,
   definitions, comparison basis and a digest over all of it.
6. `tables/` and `chapters/` arrange stored figures in tables, compared with earlier reports;
   `charts/` and `formats/` make charts and files of them. Nothing is counted there.

`audit/` is separate: it checks tables of figures that others have published.
"""
