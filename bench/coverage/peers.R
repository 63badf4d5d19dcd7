# The intervals of R's survey for samples that bench.coverage.peers drew.
# Rscript bench/coverage/peers.R FOLDER
suppressPackageStartupMessages(library(survey))
folder <- commandArgs(trailingOnly = TRUE)
methods <- c("beta", "xlogit", "mean")

# One svymean a design estimates all samples; svyciprop then asks these for the mean of one.
svymean.estimated <- function(x, design, ...) design$mean
degf.estimated <- function(design, ...) design$df
dim.estimated <- function(x) c(x$size, 1)

interval <- function(design, method) {
  ci <- tryCatch(suppressWarnings(attr(svyciprop(~yes, design, method = method), "ci")),
                 error = function(e) c(NA, NA))
  as.numeric(ci)
}

limits <- function(at) {
  strata <- read.csv(file.path(folder, paste0("strata-", at, ".csv")))
  yes <- as.matrix(read.csv(file.path(folder, paste0("yes-", at, ".csv"))))
  stratum <- rep(seq_along(strata$sheets), strata$sheets)
  place <- sequence(strata$sheets)
  answers <- t(1 * (yes[, stratum, drop = FALSE] >= rep(place, each = nrow(yes))))
  sheets <- data.frame(stratum, population = strata$population[stratum])
  design <- svydesign(ids = ~1, strata = ~stratum, fpc = ~population, data = sheets)
  all <- svymean(answers, design)
  variance <- diag(vcov(all))
  estimated <- lapply(seq_len(nrow(yes)), function(k) {
    mean <- structure(c(yes = coef(all)[[k]]), var = matrix(variance[k], dimnames = list("yes", "yes")),
                      statistic = "mean", class = "svystat")
    structure(list(mean = mean, df = degf(design), size = nrow(sheets)), class = "estimated")
  })
  first <- update(design, yes = answers[, 1])
  for (method in methods)
    stopifnot(isTRUE(all.equal(interval(first, method), interval(estimated[[1]], method))))
  do.call(rbind, lapply(methods, function(method) {
    both <- vapply(estimated, interval, numeric(2), method)
    data.frame(design = at, sample = seq_len(nrow(yes)) - 1, method, low = both[1, ], high = both[2, ])
  }))
}

cat(paste("R", getRversion(), "survey", packageVersion("survey")), file = file.path(folder, "R.version"))
designs <- length(list.files(folder, "^strata-"))
write.csv(do.call(rbind, lapply(seq_len(designs) - 1, limits)), file.path(folder, "R.csv"), row.names = FALSE)
