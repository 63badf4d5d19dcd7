# The values of test_list_experiment.py: R 4.2.2, survey 4.1.1.
# Rscript tests/stats/r_lists.R
library(survey)
options(digits = 15)
# Two strata of 400 and 900 persons; how many were asked each list, by the number that they gave.
cells <- rbind(data.frame(stratum = "A", N = 400, long = 0, number = 0:3, n = c(9, 21, 14, 4)),
               data.frame(stratum = "A", N = 400, long = 1, number = 0:4, n = c(7, 17, 18, 6, 2)),
               data.frame(stratum = "B", N = 900, long = 0, number = 0:3, n = c(20, 44, 30, 6)),
               data.frame(stratum = "B", N = 900, long = 1, number = 0:4, n = c(15, 38, 33, 12, 2)))
sheets <- cells[rep(seq_len(nrow(cells)), cells$n), ]
sheets$arm <- paste(sheets$stratum, sheets$long)
sheets$w <- sheets$N / as.numeric(table(sheets$arm)[sheets$arm])
# Each list is a sample of its own, with replacement: what a finite population takes off is not R's.
design <- svydesign(~1, strata = ~arm, weights = ~w, data = sheets)
means <- svyby(~number, ~long, design, svymean)
difference <- svycontrast(means, c("0" = -1, "1" = 1))
cat("rate", coef(difference), "se", SE(difference), "\n")
