"""A script for R that reads the counts and repeats the main table with the package ``survey``."""

import io
import zipfile

from survey_app.answers.analyse.exports.counts_csv import codebook_csv, counts_csv
from survey_app.documents.results import Results

_SCRIPT = """\
# Corruption-contact rates by post category, with R's package survey.
# In the folder of counts.csv:  Rscript analysis.R
# Weights are population over valid sheets in each stratum, whatever was chosen on the page.
# survey has no interval like the program's default; "beta" is Korn and Graubard's.
library(survey)
options(survey.lonely.psu = "adjust")

counts <- read.csv("counts.csv", fileEncoding = "UTF-8-BOM", colClasses = c(stratum = "character"))

contact <- function(item) {
  lines <- counts[counts$item == item, ]
  sheets <- lines[rep(seq_len(nrow(lines)), lines$sheets), ]
  svydesign(ids = ~1, strata = ~paste(kind, stratum), fpc = @FPC@, weights = ~I(population / valid),
            data = sheets)
}

rates <- function(item) {
  # 8, undetermined, is left out of an item and is a no to any contact; 7, no dealings, is a no
  design <- subset(contact(item), item == "any" | answer != 8)
  found <- svyby(~I(answer == 1), ~kind + category, design, svymean, keep.names = FALSE)
  data.frame(kind = found$kind, category = found$category, item = item,
             rate = found[["I(answer == 1)TRUE"]], se = found[["se.I(answer == 1)TRUE"]])
}

table <- do.call(rbind, lapply(unique(counts$item), rates))
write.csv(format(table, digits = 17, trim = TRUE), "table.csv", row.names = FALSE)
print(table[table$item == "any", ], digits = 4)
"""


def r_archive(results: Results) -> bytes:
    """Pack the counts, the codebook and the script; the same results give the same bytes."""
    fpc = "~population" if results.options.fpc else "NULL"
    files = {
        "analysis.R": _SCRIPT.replace("@FPC@", fpc).encode(),
        "codebook.csv": codebook_csv(results),
        "counts.csv": counts_csv(results),
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()
