# The values of test_comparison.py and test_association.py: R 4.2.2, survey 4.1.1.
# Rscript tests/stats/r_comparison.R
library(survey)
options(digits = 15)
# Sheets of three strata in three offices, by answer: yes, no, unsure.
cells <- expand.grid(answer = c("yes", "no", "unsure"), office = c("a", "b", "d"), stratum = c("S", "T", "U"))
cells$n <- c(9, 20, 2,  3, 12, 1,  2, 15, 4,
             7, 18, 3,  5, 22, 2,  1, 19, 0,
             8, 11, 1,  7, 16, 5,  4, 21, 3)
cells$N <- c(S = 400, T = 900, U = 250)[as.character(cells$stratum)]
sheets <- cells[rep(seq_len(nrow(cells)), cells$n), ]
sheets$w <- sheets$N / as.numeric(table(sheets$stratum)[as.character(sheets$stratum)])
sheets$yes <- as.numeric(sheets$answer == "yes")
for (fpc in c(TRUE, FALSE)) {
  cat("fpc", fpc, "\n")
  design <- if (fpc) svydesign(~1, strata = ~stratum, fpc = ~N, data = sheets) else
    svydesign(~1, strata = ~stratum, weights = ~w, data = sheets)
  test <- svychisq(~answer + office, design)
  cat("F", test$statistic, "df", test$parameter, "p", test$p.value, "\n")
  cat("X2", svychisq(~answer + office, design, statistic = "Chisq")$statistic, "\n")
}
design <- svydesign(~1, strata = ~stratum, fpc = ~N, data = sheets)
offices <- svyby(~yes, ~office, design, svymean, covmat = TRUE)
cat("rates", coef(offices), "\ncovariance", vcov(offices), "\n")
show <- function(name, contrast) cat(name, coef(contrast), SE(contrast), "\n")
show("difference a - d", svycontrast(offices, c(a = 1, b = 0, d = -1)))
show("ratio a / d", svycontrast(offices, quote(a / d)))
show("log odds ratio a, d", svycontrast(offices, quote(log(a / (1 - a)) - log(d / (1 - d)))))
show("standardized 2:1:1", svycontrast(offices, c(a = 0.5, b = 0.25, d = 0.25)))
show("trend at 1, 2, 4", svycontrast(offices, (c(a = 1, b = 2, d = 4) - 7 / 3) / (14 / 3)))
cat("adjusted holm", p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2), "holm"),
    "BH", p.adjust(c(0.01, 0.04, 0.03, 0.005, 0.2), "BH"), "\n")
