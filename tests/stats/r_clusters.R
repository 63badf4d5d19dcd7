# The values of test_clusters.py: R 4.2.2, survey 4.1.1.
# Rscript tests/stats/r_clusters.R
library(survey)
options(digits = 15)
clusters <- data.frame(stratum = rep(c("A", "B"), c(5, 4)), M = rep(c(40, 30), c(5, 4)),
                       N = rep(c(300, 90), c(5, 4)), x = c(2, 0, 1, 0, 3, 1, 0, 2, 0), d = c(4, 3, 1, 5, 3, 2, 2, 4, 1))
clusters$id <- seq_len(nrow(clusters))
sheets <- clusters[rep(clusters$id, clusters$d), ]
sheets$yes <- unlist(mapply(function(x, d) rep(c(1, 0), c(x, d - x)), clusters$x, clusters$d))
# Every third sheet is in the domain.
sheets$inside <- seq_len(nrow(sheets)) %% 3 == 1
weigh <- function(sheets) {
  sheets$w <- sheets$N / as.numeric(table(sheets$stratum)[sheets$stratum])
  sheets
}
show <- function(name, design) {
  rate <- svymean(~yes, design, deff = "replace")
  total <- svytotal(~yes, design)
  cat(name, "rate", coef(rate), "se", SE(rate), "deff", deff(rate), "df", degf(design),
      "total", coef(total), "total_se", SE(total), "\n")
  for (method in c("beta", "logit", "likelihood", "asin", "mean", "xlogit"))
    cat("  ", method, confint(svyciprop(~yes, design, method = method)), "\n")
}
sheets <- weigh(sheets)
plain <- svydesign(id = ~id, strata = ~stratum, weights = ~w, data = sheets)
show("without", plain)
show("finite", svydesign(id = ~id, strata = ~stratum, weights = ~w, fpc = ~M, data = sheets))
show("domain", subset(plain, inside))
# Of stratum B one cluster is left, its three sheets stand for 90 persons.
sheets <- weigh(subset(sheets, stratum == "A" | id == 8))
for (option in c("remove", "certainty", "adjust", "average")) {
  options(survey.lonely.psu = option)
  show(option, svydesign(id = ~id, strata = ~stratum, weights = ~w, data = sheets))
}
squares <- function(yes, stratum, id) {
  table <- anova(if (length(unique(stratum)) > 1) lm(yes ~ stratum + factor(id)) else lm(yes ~ factor(id)))
  table <- table[rownames(table) != "stratum", ]
  sizes <- table(id, stratum)
  m <- sum(apply(sizes, 2, function(n) sum(n) - sum(n^2) / sum(n))) / table$Df[1]
  (table$"Mean Sq"[1] - table$"Mean Sq"[2]) / (table$"Mean Sq"[1] + (m - 1) * table$"Mean Sq"[2])
}
sheets <- clusters[rep(clusters$id, clusters$d), ]
yes <- unlist(mapply(function(x, d) rep(c(1, 0), c(x, d - x)), clusters$x, clusters$d))
cat("icc", squares(yes, sheets$stratum, sheets$id), "\n")
