# The values of test_representativity.py: R 4.2.2, base and survey 4.1.1.
# Rscript tests/stats/r_representativity.R
# Every person who was asked is a row; propensities come from logistic regression, not from counts.
library(survey)
options(digits = 12)
cells <- expand.grid(rank = c("clerk", "chief", "expert"), region = c("north", "south"))
cells$N <- c(400, 100, 60, 900, 150, 80)
cells$n <- c(100, 50, 30, 120, 60, 40)
cells$r <- c(60, 20, 24, 90, 30, 11)
persons <- cells[rep(seq_len(6), cells$n), ]
persons$answered <- unlist(mapply(function(r, n) rep(1:0, c(r, n - r)), cells$r, cells$n))
persons$w <- persons$N / persons$n
fit <- glm(answered ~ rank * region, binomial, persons)
rho <- fitted(fit)
spread <- function(x, w) sum(w * (x - weighted.mean(x, w))^2) / sum(w)
means <- function(group) tapply(persons$w * rho, group, sum) / tapply(persons$w, group, sum)
cat("response", weighted.mean(rho, persons$w), "\n")
cat("unadjusted", 1 - 2 * sqrt(spread(rho, persons$w)), "\n")
for (name in c("rank", "region")) {
  own <- as.character(persons[[name]])
  other <- as.character(persons[[setdiff(c("rank", "region"), name)]])
  rest <- (rho - means(other)[other])^2
  cat(name, "unconditional", sqrt(spread(means(own)[own], persons$w)),
      "conditional", sqrt(weighted.mean(rest, persons$w)), "\n")
  total <- sum(persons$w)
  print(sqrt(tapply(persons$w, own, sum) / total) * (means(own) - weighted.mean(rho, persons$w)))
  print(sqrt(tapply(persons$w * rest, own, sum) / total))
}
# Weighted shares of respondents, and the survey package's rates of response with their errors.
design <- svydesign(~1, strata = ~s, weights = ~w, data = transform(persons, s = paste(rank, region)))
print(svyby(~answered, ~rank, design, svymean))
print(prop.table(svytable(~rank, subset(design, answered == 1))))
# Equal response of the six strata: Pearson's chi-square.
print(chisq.test(table(paste(persons$rank, persons$region), persons$answered), correct = FALSE))
# Bias and variance of the spread of R by 400,000 draws at the estimated propensities.
set.seed(20261128)
W <- cells$N / sum(cells$N)
p <- cells$r / cells$n
draws <- matrix(rbinom(6 * 4e5, cells$n, p), 6) / cells$n
spreads <- colSums(W * sweep(draws, 2, colSums(W * draws))^2)
cat("true", sum(W * (p - sum(W * p))^2), "mean of draws", mean(spreads), "+-", sd(spreads) / sqrt(4e5),
    "sd", sd(spreads), "\n")
