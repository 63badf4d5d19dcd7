"""Results as files for others' programs: spreadsheets, SPSS, Stata, R, Word."""
