"""The same KPIs as somebody would write them without OpsPulse: vectorised pandas, PostgreSQL's SQL.

Both start from the core tables that our facts start from, joined with the same dimensions, and must
give our numbers to the last digit. Written to be fast: no row loops, only the columns needed,
indexes and statistics in PostgreSQL. What is timed against what is in `benchmarks.kpi_stage`.
"""
