# The values of test_means.py: R 4.2.2, survey 4.1.1.
# Rscript tests/stats/r_means.R
library(survey)
options(digits = 15)
cells <- rbind(data.frame(stratum = "A", N = 400, often = c(0, 1, 2, 7), n = c(31, 5, 2, 1)),
               data.frame(stratum = "B", N = 900, often = c(0, 1, 3, 4, 12), n = c(50, 4, 2, 1, 1)),
               data.frame(stratum = "C", N = 60, often = c(0, 2), n = c(10, 2)))
sheets <- cells[rep(seq_len(nrow(cells)), cells$n), ]
sheets$inside <- seq_len(nrow(sheets)) %% 2 == 1
for (fpc in c(TRUE, FALSE)) {
  sheets$w <- sheets$N / as.numeric(table(sheets$stratum)[sheets$stratum])
  design <- if (fpc) svydesign(~1, strata = ~stratum, fpc = ~N, data = sheets) else
    svydesign(~1, strata = ~stratum, weights = ~w, data = sheets)
  show <- function(name, design) {
    mean <- svymean(~often, design)
    cat(fpc, name, coef(mean), SE(mean), confint(mean, df = degf(design)), coef(svytotal(~often, design)),
        SE(svytotal(~often, design)), "\n")
  }
  show("everyone", design)
  show("contacts", subset(design, often > 0))
  show("inside", subset(design, inside))
}
