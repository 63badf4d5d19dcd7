# The values of test_clusters.py: R 4.2.2, survey 4.1.1.
# Rscript tests/stats/r_clusters.R
library(survey)
options(digits = 15)
clusters <- data.frame(stratum = rep(c("A", "B"), c(5, 4)), M = rep(c(40, 30), c(5, 4)),
                       N = rep(c(300, 90), c(5, 4)), x = c(2, 0, 1, 0, 3, 1, 0, 2, 0), d = c(4, 3, 1, 5, 3, 2, 2, 4, 1))
clusters$id <- seq_len(nrow(clusters))
sheets <- clusters[rep(clusters$id, clusters$d), ]
sheets$yes <- unlist(mapply(function(x, d) rep(c(1, 0), c(x, d - x)), clusters$x, clusters$d))
sheets$w <- sheets$N / as.numeric(table(sheets$stratum)[sheets$stratum])
for (design in list(svydesign(id = ~id, strata = ~stratum, weights = ~w, data = sheets),
                    svydesign(id = ~id, strata = ~stratum, weights = ~w, fpc = ~M, data = sheets)))
  cat("rate", coef(svymean(~yes, design)), "se", SE(svymean(~yes, design)), "df", degf(design),
      "deff", deff(svymean(~yes, design, deff = "replace")),"\n", "beta", confint(svyciprop(~yes, design, method = "beta")), "\n")
