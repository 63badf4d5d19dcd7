# The values of test_samples.py, test_comparisons.py and test_nonresponse.py: R 4.2.2, survey 4.1.1.
# Rscript tests/answers/analyse/estimates/r_estimates.R
suppressMessages(library(survey))
options(digits = 15)
# Two units by two post categories: population, valid sheets, and those with any contact.
strata <- data.frame(stratum = c("ac", "ad", "bc", "bd"), unit = c("A", "A", "B", "B"),
                     category = c("C", "D", "C", "D"), N = c(120, 200, 80, 300),
                     n = c(24, 30, 16, 36), yes = c(6, 3, 5, 4))
sheets <- strata[rep(seq_len(4), strata$n), ]
sheets$yes <- unlist(lapply(seq_len(4), function(h)
  rep(c(1, 0), c(strata$yes[h], strata$n[h] - strata$yes[h]))))
sheets$w <- sheets$N / sheets$n
design <- svydesign(~1, strata = ~stratum, fpc = ~N, data = sheets)
show <- function(name, mean) cat(name, coef(mean), SE(mean), "\n")
show("all", svymean(~yes, design))
show("categories", svyby(~yes, ~category, design, svymean))
show("units", svyby(~yes, ~unit, design, svymean))
categories <- svyby(~yes, ~category, design, svymean, covmat = TRUE)
contrast <- svycontrast(categories, c(C = 1, D = -1))
show("C - D", contrast)
t <- coef(contrast) / SE(contrast)
cat("p", 2 * pt(-abs(t), degf(design)), "limits", confint(contrast, df = degf(design)), "\n")
test <- svychisq(~yes + category, design)
cat("F", test$statistic, "df", test$parameter, "p", test$p.value, "\n")
# The same strata without a finite population, their weights raked to units and post categories.
margins <- function(label) {
  sums <- tapply(strata$N, strata[[label]], sum)
  setNames(data.frame(names(sums), as.numeric(sums)), c(label, "Freq"))
}
# A nearly uniform start, as sheets of very unequal response would have.
unequal <- svydesign(~1, strata = ~stratum, weights = ~1, data = sheets)
raked <- rake(unequal, list(~unit, ~category), list(margins("unit"), margins("category")),
              control = list(maxit = 100, epsilon = 1e-12))
show("raked from one", svymean(~yes, raked))
raked <- rake(design, list(~unit, ~category), list(margins("unit"), margins("category")),
              control = list(maxit = 100, epsilon = 1e-12))
show("raked", svymean(~yes, raked))
show("raked categories", svyby(~yes, ~category, raked, svymean))
